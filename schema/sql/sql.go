// Package sql holds the tables of the server's database as numbered migrations
// (github.com/pressly/goose). Each file must be valid on SQLite and on
// PostgreSQL and mean the same on both; a file that has been released is never
// changed, and there is no way down.
//
// The common ground: BYTEA, BIGINT, SMALLINT and TEXT (SQLite takes any name of
// a type and stores what it is given), 0 and 1 for truth, times in Unix
// milliseconds, no functions, no triggers.
package sql

import "embed"

// Migrations are the files, in the order of their numbers.
//
//go:embed *.sql
var Migrations embed.FS
