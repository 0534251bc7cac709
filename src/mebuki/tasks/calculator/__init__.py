"""Problems of the calculator with every step worked out, and how its model reads and writes them."""
