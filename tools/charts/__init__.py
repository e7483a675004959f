"""Charts: numbers in, a picture and the same in words out. Pure; what tools draw goes into a thread."""
