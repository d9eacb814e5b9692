package main

import "strings"

// messageText is a message of 300 octets.
var messageText = strings.Repeat("A team of people talks about what it will do next week. ", 6)[:300]
