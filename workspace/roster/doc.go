// Package roster holds the rules of a workspace's membership log: who may do
// what, in which order, and which keys must travel with it. It is one pure
// function over (state, entry), [State.Apply], and the queries on the state
// that it produces. Client and server run the same code on the same octets: the
// server refuses an entry that breaks a rule, and a client that is handed such
// an entry has caught the server.
//
// There is no I/O, no clock and no goroutine here. Everything that an entry
// says is judged by its position in the log; an author's clock decides nothing,
// except that an invite does not admit a join that claims to be later than the
// invite's expiry.
//
// Words. A user is a member from the entry that lets the user in to the one
// that lets the user go. A member who joined by an invite that asks for
// approval is pending until an admit entry: it has no role, is in no circle and
// may only leave or renew its certificate. A circle is stale from the entry
// that took somebody's right to read it until the epoch that follows; a new
// circle is stale without a cut until its first epoch. The epochs that an author
// owes after such an entry are due: nothing else may come before them, so that
// removal and new keys are one step.
//
// The rules in prose are docs/protocol.md, "The roster". Each has a scenario in
// testdata/vectors, and testdata/golden holds complete rosters as octets.
package roster
