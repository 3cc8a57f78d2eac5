// Replaced when the command lands.
