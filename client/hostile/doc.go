// Package hostile is the lying server: what a malicious operator, a malicious
// member and a removed member can do to the real client, for the tests that
// mount the rows of ATTACKS.md. It is imported by tests only.
//
//   - [Transport] stands between a client and its honest server: it records what
//     the client asks, and alters, withholds or replaces the answers, typed by
//     [Route], and the frames of the live connection.
//   - [Log] is a second history of a stream, consistent in itself, that a client
//     can be shown instead of the server's; [View] is a past state of a workspace
//     to freeze a client at, or to roll it back to.
//   - [Insider] is a member with real keys who follows no rule: it seals any
//     header and any body, signs any roster entry, and posts both.
//   - raw.go makes sealed packets of forms that crypto/seal refuses to make.
package hostile
