package seal

import (
	"crypto/rand"
	"crypto/sha256"
	"io"

	"github.com/cenacle-team/cenacle/crypto/internal/redact"
	"github.com/cenacle-team/cenacle/schema"
)

// InviteSecret is the 32 random octets in the fragment of an invite's URL. Whoever
// has them may join; the server never gets them. It prints as [secret].
type InviteSecret struct{ secret }

// NewInviteSecret draws a secret.
func NewInviteSecret() InviteSecret { return InviteSecret{newSecret()} }

// ParseInviteSecret reads what Bytes returned. A length other than 32 octets and
// octets that are all the same are [schema.CodeBadEncoding].
func ParseInviteSecret(b []byte) (InviteSecret, error) {
	s, err := parseSecret(b)
	return InviteSecret{s}, err
}

// InviteContent is what an invite gives to the joiner, out of the server's reach.
// It prints as [secret].
type InviteContent struct {
	redact.Secret
	// Private is the private half of the invite's identity, see
	// [InviteIdentity.Private].
	Private []byte
	// Genesis is the hash of the first entry of the workspace's roster: it binds
	// what the server then shows to what the inviter meant.
	Genesis schema.Hash
	// Workspace and Inviter are the names that whoever opens the link is shown before
	// joining, each of at most [schema.MaxName] octets of UTF-8, or empty. They are the
	// inviter's word.
	Workspace, Inviter string
}

// inviteContent is the CBOR inside a sealed invite.
type inviteContent struct {
	Private []byte      `cbor:"1,keyasint"`
	Genesis schema.Hash `cbor:"2,keyasint"`
	// What follows came later: an invite without names has the octets that it always
	// had.
	Workspace string `cbor:"3,keyasint,omitempty"`
	Inviter   string `cbor:"4,keyasint,omitempty"`
}

// SealInvite seals an invite's content under a key derived from the URL's secret,
// the workspace and the invite: a padded SEIPD version 2 packet (RFC 9580 section
// 5.13.2). A content that exceeds [schema.MaxSealedInvite] is
// [schema.CodeTooLarge].
func SealInvite(s InviteSecret, ws schema.WorkspaceID, invite schema.InviteID, c InviteContent) ([]byte, error) {
	return sealInvite(s, ws, invite, c, rand.Reader)
}

func sealInvite(s InviteSecret, ws schema.WorkspaceID, invite schema.InviteID, c InviteContent, random io.Reader) ([]byte, error) {
	if len(c.Private) == 0 || len(c.Private) > schema.MaxSealedInvite {
		return nil, schema.Errorf(schema.CodeTooLarge, "the private half of an invite has %d octets", len(c.Private))
	}
	if len(c.Workspace) > schema.MaxName || len(c.Inviter) > schema.MaxName {
		return nil, schema.Errorf(schema.CodeTooLarge, "a name in an invite has more than %d octets", schema.MaxName)
	}
	return sealUnchecked(s, ws, invite, c, random)
}

// sealUnchecked is sealInvite without its bounds.
func sealUnchecked(s InviteSecret, ws schema.WorkspaceID, invite schema.InviteID, c InviteContent, random io.Reader) ([]byte, error) {
	key, err := derive(s.secret, schema.PurposeInviteSeal, inviteInfo(ws, invite))
	if err != nil {
		return nil, err
	}
	defer key.Zero()
	content, err := schema.Marshal(inviteContent{Private: c.Private, Genesis: c.Genesis, Workspace: c.Workspace, Inviter: c.Inviter})
	if err != nil {
		return nil, err
	}
	defer clear(content)
	w, err := newSEIPD(paddedLength(literalLength(len(content))+paddingHeader), random)
	if err != nil {
		return nil, err
	}
	w.buf = appendLiteral(w.buf, content)
	if w.buf, err = appendPadding(w.buf, w.start, random); err != nil {
		return nil, err
	}
	out, err := key.seal(w)
	if err != nil {
		return nil, err
	}
	if len(out) > schema.MaxSealedInvite {
		return nil, schema.Errorf(schema.CodeTooLarge, "a sealed invite has %d octets", len(out))
	}
	return out, nil
}

// OpenInvite opens what [SealInvite] made for the same workspace and invite.
// Everything else is [schema.CodeUnreadable].
func OpenInvite(s InviteSecret, ws schema.WorkspaceID, invite schema.InviteID, sealed []byte) (InviteContent, error) {
	if len(sealed) > schema.MaxSealedInvite {
		return InviteContent{}, unreadable()
	}
	key, err := derive(s.secret, schema.PurposeInviteSeal, inviteInfo(ws, invite))
	if err != nil {
		return InviteContent{}, unreadable()
	}
	defer key.Zero()
	plain, err := key.open(sealed)
	if err != nil {
		return InviteContent{}, err
	}
	defer clear(plain) // decoding copies
	literal, padding, ok := cutLiteral(plain)
	if !ok || !isPadding(padding, len(plain)-len(padding)) {
		return InviteContent{}, unreadable()
	}
	var c inviteContent
	if schema.Unmarshal(literal, &c) != nil || len(c.Private) == 0 || len(c.Workspace) > schema.MaxName || len(c.Inviter) > schema.MaxName {
		return InviteContent{}, unreadable()
	}
	return InviteContent{Private: c.Private, Genesis: c.Genesis, Workspace: c.Workspace, Inviter: c.Inviter}, nil
}

// InviteProof shows a server that its sender holds the invite's URL, without
// telling anything of the key that opens the invite.
func InviteProof(s InviteSecret, ws schema.WorkspaceID, invite schema.InviteID) (schema.InviteProof, error) {
	proof, err := derive(s.secret, schema.PurposeInviteProof, inviteInfo(ws, invite))
	if err != nil {
		return schema.InviteProof{}, err
	}
	return schema.InviteProof{Workspace: ws, Invite: invite, Proof: schema.Hash(proof.Bytes())}, nil
}

// InviteProofHash is what the roster's invite entry says of the proof: its SHA-256.
func InviteProofHash(p schema.InviteProof) schema.Hash { return sha256.Sum256(p.Proof[:]) }
