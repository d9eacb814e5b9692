package chat

import (
	"bytes"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/text"
)

// The bodies of chat events, kinds 200 to 299. They are kept for years: the
// numbers of fields are never reused or retyped, no field is ever added to a
// body (strict decoders would quarantine it: a new kind is needed), and the
// octets in testdata decode for ever.

// MessageBody is a new message ([schema.KindMessage]).
type MessageBody struct {
	// Text is Markdown (CommonMark), 1 to [schema.MaxMessage] octets of UTF-8
	// without U+0000.
	Text string `cbor:"1,keyasint"`
	// ReplyTo is the message that this one answers; it is quoted if it is found.
	ReplyTo *schema.EventID `cbor:"2,keyasint,omitempty"`
	// Thread is the root of the thread that this message belongs to: an earlier
	// message or erased event of the stream. A claim of anything else is
	// disregarded, and the message stands in the main timeline.
	Thread *schema.EventID `cbor:"3,keyasint,omitempty"`
	// Mentions are the users to notify, ascending, each once, at most
	// [schema.MaxMentions].
	Mentions []schema.UserID `cbor:"4,keyasint,omitempty"`
	// Everyone notifies all who read the stream. A guest's is disregarded.
	Everyone bool `cbor:"5,keyasint,omitempty"`
}

// Check implements [stream.Body].
func (b *MessageBody) Check() error {
	if err := checkMessage(b.Text); err != nil {
		return err
	}
	return checkMentions(b.Mentions)
}

// EditBody replaces the text and the mentions of the author's own message
// ([schema.KindEdit]). The highest sequence number wins.
type EditBody struct {
	Target   schema.EventID  `cbor:"1,keyasint"`
	Text     string          `cbor:"2,keyasint"` // as [MessageBody].Text
	Mentions []schema.UserID `cbor:"3,keyasint,omitempty"`
}

// Check implements [stream.Body].
func (b *EditBody) Check() error {
	if err := checkMessage(b.Text); err != nil {
		return err
	}
	return checkMentions(b.Mentions)
}

// DeleteBody deletes the author's own message, or with role admin or owner
// anybody's ([schema.KindDelete]). The server may then erase the target's
// ciphertext.
type DeleteBody struct {
	Target schema.EventID `cbor:"1,keyasint"`
}

// Check implements [stream.Body].
func (b *DeleteBody) Check() error { return nil }

// ReactBody adds the author's reaction to a message ([schema.KindReact]). A
// second one with the same emoji changes nothing.
type ReactBody struct {
	Target schema.EventID `cbor:"1,keyasint"`
	// Emoji is 1 to [schema.MaxEmoji] octets; see [text.CheckEmoji].
	Emoji string `cbor:"2,keyasint"`
}

// Check implements [stream.Body].
func (b *ReactBody) Check() error { return text.CheckEmoji(b.Emoji) }

// UnreactBody takes the author's reaction back ([schema.KindUnreact]).
type UnreactBody struct {
	Target schema.EventID `cbor:"1,keyasint"`
	Emoji  string         `cbor:"2,keyasint"` // octet for octet as in the ReactBody
}

// Check implements [stream.Body].
func (b *UnreactBody) Check() error { return text.CheckEmoji(b.Emoji) }

// PinBody pins a message for everybody ([schema.KindPin]); guests may not.
type PinBody struct {
	Target schema.EventID `cbor:"1,keyasint"`
}

// Check implements [stream.Body].
func (b *PinBody) Check() error { return nil }

// UnpinBody takes a pin away ([schema.KindUnpin]); guests may not.
type UnpinBody struct {
	Target schema.EventID `cbor:"1,keyasint"`
}

// Check implements [stream.Body].
func (b *UnpinBody) Check() error { return nil }

func checkMessage(s string) error {
	if s == "" {
		return schema.Errorf(schema.CodeBadRequest, "message: is empty")
	}
	return text.CheckText("message", s, schema.MaxMessage)
}

func checkMentions(users []schema.UserID) error {
	if len(users) > schema.MaxMentions {
		return schema.Errorf(schema.CodeTooLarge, "%d mentions, at most %d are allowed", len(users), schema.MaxMentions)
	}
	for i := 1; i < len(users); i++ {
		if bytes.Compare(users[i-1][:], users[i][:]) >= 0 {
			return schema.Errorf(schema.CodeBadRequest, "mentions: not ascending")
		}
	}
	return nil
}
