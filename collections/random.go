package collections

import "crypto/rand"

// Random is where keys come from.
var Random = rand.Reader
