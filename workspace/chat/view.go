package chat

import (
	"bytes"
	"slices"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/stream"
)

// MaxReactionKinds bounds the different emoji on one message; further ones are
// void while there are as many.
const MaxReactionKinds = 64

// Message is one message as it stands. It is immutable: the state replaces it
// when something changes, so one that was handed out may be read at any time,
// and must not be written to.
type Message struct {
	Seq    uint64
	ID     schema.EventID
	Author schema.UserID
	// At is the author's clock, Unix milliseconds; for a deleted or erased
	// message the server's, like Arrived.
	At, Arrived int64
	// Doubtful tells that the two clocks differ too much to believe At.
	Doubtful bool

	// Text, ReplyTo, Thread, Mentions, Everyone, Versions, Reactions and Pin are
	// empty once the message is deleted or erased.
	Text     string
	ReplyTo  *schema.EventID // may name what is not a message of this stream
	Thread   *schema.EventID // the root; not a claim but checked
	Mentions []schema.UserID
	Everyone bool
	// Versions are the texts the message had, the first and the current
	// included, oldest first; empty if it was never edited.
	Versions []Version
	// Reactions stand in the order in which their emoji first appeared.
	Reactions []Reaction
	Pin       *Pin

	// Deletion tells who deleted the message, and when.
	Deletion *Deletion
	// ErasedByServer tells that the ciphertext is gone although nobody who may
	// do so has deleted the message. What it was is not known.
	ErasedByServer bool
}

// Version is one text of an edited message.
type Version struct {
	Seq uint64
	At  int64 // the author's clock, Unix milliseconds
	// Doubtful is about At.
	Doubtful bool
	Text     string
}

// Reaction is one emoji on a message with those who chose it, ascending.
type Reaction struct {
	Emoji string
	Users []schema.UserID
}

// Pin tells who pinned a message, and by which event.
type Pin struct {
	By  schema.UserID
	Seq uint64
	At  int64
}

// Deletion tells who deleted a message, and by which event.
type Deletion struct {
	By  schema.UserID
	Seq uint64
	At  int64
	// Moderated tells that it was not the author's own doing.
	Moderated bool
}

// Gone reports whether the message's content is deleted or erased.
func (m *Message) Gone() bool { return m.Deletion != nil || m.ErasedByServer }

// Edited reports whether the message was changed after it was sent.
func (m *Message) Edited() bool { return len(m.Versions) > 0 }

// MentionsUser reports whether the message notifies the user.
func (m *Message) MentionsUser(u schema.UserID) bool {
	if m.Everyone {
		return true
	}
	_, found := findUser(m.Mentions, u)
	return found
}

// first is a message before anything happened to it.
func first(r *record) *Message {
	v := &Message{Seq: r.seq, ID: r.id, Author: r.author, At: r.at, Arrived: r.arrived}
	if r.message == nil {
		v.At = r.arrived
		v.ErasedByServer = true
		return v
	}
	v.Doubtful = stream.Doubtful(r.at, r.arrived)
	v.Text, v.ReplyTo, v.Mentions = r.message.Text, r.message.ReplyTo, r.message.Mentions
	v.Everyone = r.message.Everyone && r.role >= schema.RoleMember
	return v
}

// act gives what an operation upon the message v makes of it, and the outcome.
// v itself is not changed; it is returned if nothing changes. A message that is
// gone is treated alike whether its content was here or not, so that replicas
// that read it before its erasure agree with those that did not.
func act(v *Message, op *record) (*Message, stream.Outcome) {
	switch op.kind {
	case schema.KindEdit:
		if op.author != v.Author {
			return v, stream.Refuse(stream.ReasonForbidden)
		}
	case schema.KindDelete:
		if op.author != v.Author && op.role < schema.RoleAdmin {
			return v, stream.Refuse(stream.ReasonForbidden)
		}
	case schema.KindPin, schema.KindUnpin:
		if op.role < schema.RoleMember {
			return v, stream.Refuse(stream.ReasonForbidden)
		}
	}
	if op.kind == schema.KindDelete && v.Deletion == nil {
		return &Message{
			Seq: v.Seq, ID: v.ID, Author: v.Author, At: v.Arrived, Arrived: v.Arrived,
			Deletion: &Deletion{By: op.author, Seq: op.seq, At: op.at, Moderated: op.author != v.Author},
		}, stream.OK
	}
	if v.Gone() {
		return v, stream.Ignore(stream.ReasonTargetGone)
	}
	next := *v
	switch op.kind {
	case schema.KindEdit:
		if len(v.Versions) == 0 {
			next.Versions = []Version{{Seq: v.Seq, At: v.At, Doubtful: v.Doubtful, Text: v.Text}}
		}
		// Appending beyond the length that v sees leaves v as it is: one history
		// grows from it, in one direction.
		next.Versions = append(next.Versions, Version{Seq: op.seq, At: op.at, Doubtful: stream.Doubtful(op.at, op.arrived), Text: op.op.text})
		next.Text, next.Mentions = op.op.text, op.op.mentions
	case schema.KindReact:
		reactions, ok := react(v.Reactions, op.op.emoji, op.author)
		if !ok {
			return v, stream.Ignore(stream.ReasonLimit)
		}
		next.Reactions = reactions
	case schema.KindUnreact:
		next.Reactions = unreact(v.Reactions, op.op.emoji, op.author)
	case schema.KindPin:
		next.Pin = &Pin{By: op.author, Seq: op.seq, At: op.at}
	case schema.KindUnpin:
		next.Pin = nil
	}
	return &next, stream.OK
}

// react returns the reactions with one added; false if there are too many kinds.
func react(old []Reaction, emoji string, user schema.UserID) ([]Reaction, bool) {
	i := slices.IndexFunc(old, func(r Reaction) bool { return r.Emoji == emoji })
	if i < 0 {
		if len(old) >= MaxReactionKinds {
			return nil, false
		}
		return append(slices.Clip(slices.Clone(old)), Reaction{Emoji: emoji, Users: []schema.UserID{user}}), true
	}
	at, found := findUser(old[i].Users, user)
	if found {
		return old, true
	}
	next := slices.Clone(old)
	next[i].Users = slices.Insert(slices.Clone(old[i].Users), at, user)
	return next, true
}

// unreact returns the reactions with one taken away.
func unreact(old []Reaction, emoji string, user schema.UserID) []Reaction {
	i := slices.IndexFunc(old, func(r Reaction) bool { return r.Emoji == emoji })
	if i < 0 {
		return old
	}
	at, found := findUser(old[i].Users, user)
	if !found {
		return old
	}
	next := slices.Clone(old)
	if len(old[i].Users) == 1 {
		return slices.Delete(next, i, i+1)
	}
	next[i].Users = slices.Delete(slices.Clone(old[i].Users), at, at+1)
	return next
}

func findUser(users []schema.UserID, u schema.UserID) (int, bool) {
	return slices.BinarySearchFunc(users, u, func(a, b schema.UserID) int { return bytes.Compare(a[:], b[:]) })
}
