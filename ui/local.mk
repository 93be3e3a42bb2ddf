# the screen
