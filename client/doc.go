// Package client is the seeing half of Cénacle: the engine that signs in, keeps
// a device's keys, verifies every roster and stream that a server shows, seals
// what is written, and works offline from its local store. Command line, bots
// and the web app are thin layers on top of it.
//
// A program starts with [SignUp] or [SignIn], which give a [Profile], then
// [Open], which gives an [Engine]. [Engine.Sync] catches up once, [Engine.Follow]
// keeps up; [Engine.Workspaces] leads to everything else.
//
// Where to find what:
//
//   - how an event is verified: examine.go, with stream.go around it;
//   - how one is sent: outbox.go and send.go; what a channel can do: chat.go;
//   - who is a member: membership.go, invites.go and join.go, on change.go, which builds the
//     atomic batches, and rostersync.go, which verifies those of others;
//   - keys: keyring.go (epochs), devices.go, pins.go (other people's);
//   - what happens when the server lies: misbehaviour.go; what is remembered of it:
//     finding.go and book.go; what is doubtful about a message: message.go.
//
// The engine reaches its world through small interfaces only: [Transport]
// (package network has one over HTTP and WebSocket), [store.Store], [Clock] and
// [AEADFactory]; it therefore runs in a browser too.
package client
