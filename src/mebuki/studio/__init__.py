"""The studio: the browser's side of Mebuki. One router a page, thin; what they call stands in the rooms below."""
