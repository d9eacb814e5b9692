// Package storetest is what every database that the store runs on must do, and
// the worlds that its tests and those of the server are made of.
package storetest
