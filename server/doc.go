// Package server is the blind half of Cénacle: it orders, stores and fans out
// octets that it cannot read. [New] puts one node together from its parts:
//
//	api/      the HTTP interface: routes, sessions, who may do what
//	live/     the socket hub, and live/bus between the nodes
//	rosters/  the states of the workspaces' membership logs
//	store/    the SQL database, which is the truth
//	limit/    rates per account and address
//
// A node keeps nothing else: any number of them may share one PostgreSQL and one
// NATS. Without either, the node runs on SQLite and an embedded NATS.
package server
