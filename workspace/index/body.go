package index

import (
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/stream"
	"github.com/cenacle-team/cenacle/workspace/text"
)

// The bodies of index events, kinds 100 to 199. They are kept for years: the
// numbers of fields are never reused or retyped, no field is ever added to a
// body (strict decoders would quarantine it: a new kind is needed), and the
// octets in testdata decode for ever.

// StreamCreateBody makes a stream of the circle known, with its kind and name
// ([schema.KindStreamCreate]).
type StreamCreateBody struct {
	Stream schema.StreamID `cbor:"1,keyasint"`
	// Kind is kept even if it is not known, so that replicas of different
	// releases agree; neither 0 nor [schema.StreamIndex] nor
	// [schema.StreamPersonal], which are never created by an event.
	Kind schema.StreamKind `cbor:"2,keyasint"`
	// Name is acceptable to [text.CheckName].
	Name string `cbor:"3,keyasint"`
	// Topic is at most [schema.MaxTopic] octets, a line like a name.
	Topic string `cbor:"4,keyasint,omitempty"`
}

// Check implements [stream.Body]. Names are judged apart, by [stream.ReasonBadName].
func (b *StreamCreateBody) Check() error {
	if b.Stream.IsZero() {
		return schema.Errorf(schema.CodeBadRequest, "stream: is zero")
	}
	switch b.Kind {
	case 0, schema.StreamIndex, schema.StreamPersonal:
		return schema.Errorf(schema.CodeBadRequest, "streams of kind %d are not created", b.Kind)
	}
	return nil
}

func (b *StreamCreateBody) names() error {
	if err := text.CheckName(b.Name); err != nil {
		return err
	}
	return checkTopic(b.Topic)
}

// StreamUpdateBody changes what is set and leaves the rest
// ([schema.KindStreamUpdate]). Each field for itself, the highest sequence
// number wins. At least one is set.
type StreamUpdateBody struct {
	Stream schema.StreamID `cbor:"1,keyasint"`
	Name   *string         `cbor:"2,keyasint,omitempty"`
	Topic  *string         `cbor:"3,keyasint,omitempty"` // "" removes it
}

// Check implements [stream.Body].
func (b *StreamUpdateBody) Check() error {
	if b.Name == nil && b.Topic == nil {
		return schema.Errorf(schema.CodeBadRequest, "the update changes nothing")
	}
	return nil
}

func (b *StreamUpdateBody) names() error {
	if b.Name != nil {
		if err := text.CheckName(*b.Name); err != nil {
			return err
		}
	}
	if b.Topic != nil {
		return checkTopic(*b.Topic)
	}
	return nil
}

// StreamArchiveBody archives a stream or brings it back
// ([schema.KindStreamArchive]).
type StreamArchiveBody struct {
	Stream   schema.StreamID `cbor:"1,keyasint"`
	Archived bool            `cbor:"2,keyasint"`
}

// Check implements [stream.Body].
func (b *StreamArchiveBody) Check() error { return nil }

func (b *StreamArchiveBody) names() error { return nil }

// WorkspaceNameBody names the workspace ([schema.KindWorkspaceName]). It counts
// in the index of the circle everyone, and in that of a personal workspace.
type WorkspaceNameBody struct {
	Name string `cbor:"1,keyasint"`
}

// Check implements [stream.Body].
func (b *WorkspaceNameBody) Check() error { return nil }

func (b *WorkspaceNameBody) names() error { return text.CheckName(b.Name) }

// ProfileBody is how its author wants to be called ([schema.KindProfile]). It
// speaks for nobody else. The whole profile is replaced.
type ProfileBody struct {
	Name string `cbor:"1,keyasint"`
	// Title is a role or trade, Pronouns how to speak of the person, Zone an
	// IANA time zone: lines of at most [schema.MaxName] octets.
	Title    string `cbor:"2,keyasint,omitempty"`
	Pronouns string `cbor:"3,keyasint,omitempty"`
	Zone     string `cbor:"4,keyasint,omitempty"`
}

// Check implements [stream.Body].
func (b *ProfileBody) Check() error { return nil }

func (b *ProfileBody) names() error {
	if err := text.CheckName(b.Name); err != nil {
		return err
	}
	for _, line := range []string{b.Title, b.Pronouns, b.Zone} {
		if err := text.CheckLabel("profile", line, 0, schema.MaxName); err != nil {
			return err
		}
	}
	return nil
}

// CircleKind is what a circle is to people. Append-only.
type CircleKind uint8

const (
	// CircleChannel is a private channel.
	CircleChannel CircleKind = 1
	// CircleDirect is a direct message.
	CircleDirect CircleKind = 2
	// CircleGroup is a set of people or a space shared with guests.
	CircleGroup CircleKind = 3
)

// CircleMetaBody tells what the circle is ([schema.KindCircleMeta]).
type CircleMetaBody struct {
	// Kind is kept even if it is not known; not 0.
	Kind CircleKind `cbor:"1,keyasint"`
	// Name may be empty for a direct message, which is called after its members.
	Name string `cbor:"2,keyasint,omitempty"`
}

// Check implements [stream.Body].
func (b *CircleMetaBody) Check() error {
	if b.Kind == 0 {
		return schema.Errorf(schema.CodeBadRequest, "circle kind: is zero")
	}
	return nil
}

func (b *CircleMetaBody) names() error {
	if b.Kind == CircleDirect {
		return text.CheckLabel("name", b.Name, 0, schema.MaxName)
	}
	return text.CheckName(b.Name)
}

// SnapshotBody is its author's claim that the state after event Seq hashes to
// State ([schema.KindSnapshot]): a second witness beside the chain of links.
type SnapshotBody struct {
	Seq uint64 `cbor:"1,keyasint"`
	// State is [State.Hash] at that position.
	State schema.Hash `cbor:"2,keyasint"`
	// Rules is the [Rules] by which it was reduced.
	Rules uint16 `cbor:"3,keyasint"`
}

// Check implements [stream.Body].
func (b *SnapshotBody) Check() error { return nil }

func (b *SnapshotBody) names() error { return nil }

func checkTopic(s string) error { return text.CheckLabel("topic", s, 0, schema.MaxTopic) }

// body is a body with names that are judged apart.
type body interface {
	stream.Body
	names() error
}

// decode reads a body strictly. A name that is too long is too large; a name
// with what names may not hold is a bad name.
func decode(octets []byte, b body) stream.Reason {
	if reason := stream.Decode(octets, b); reason != 0 {
		return reason
	}
	err := b.names()
	if err != nil && !schema.HasCode(err, schema.CodeTooLarge) {
		return stream.ReasonBadName
	}
	return stream.ReasonOf(err)
}
