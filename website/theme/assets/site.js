// the theme wraps each button that copies in a <nav>; a page with twenty of them has twenty landmarks without a name
const quiet = () => document.querySelectorAll("nav.md-code__nav:not([role])").forEach(nav => nav.setAttribute("role", "none"))
new MutationObserver(quiet).observe(document.body, { childList: true, subtree: true })
quiet()
