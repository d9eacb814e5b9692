// Package cli is the command line of Cénacle: a thin layer over package client,
// which does everything that has to be right. What this package decides is how
// commands are named, where the profile lies, how secrets are asked for, and what
// is printed.
//
// # Output
//
// Results go to standard output and everything else to standard error. With
// --json a result is one object per line, with the keys that the README lists,
// and an error is {"error": {"code", "message"}} on standard error. Texts are in
// French when LC_ALL, LC_MESSAGES or LANG says so, and in English otherwise; codes
// and keys are the same in both. Whatever came from other people is printed
// without characters that command a terminal (see safe).
//
// # Exit codes
//
//	0  done; also a message that is queued for a server out of reach
//	1  failure
//	2  usage: the command line is not of the expected form
//	3  security refusal: going on would not have been safe (see isRefusal)
//
// # The home
//
// Package home keeps the profile: nothing secret is ever written unsealed.
//
// Where to find what: cli.go builds the commands; errors.go maps errors to exit
// codes and sentences; secrets.go asks for passphrases; session.go opens the engine and finds workspaces, channels and people; text_en.go
// and text_fr.go hold every sentence. The other files hold the commands.
package cli
