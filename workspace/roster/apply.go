package roster

import (
	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
)

// entry is a decoded entry while it is judged.
type entry struct {
	schema.RosterEntry
	signed schema.SignedEntry
	// verified entries were checked before by the caller: their cryptography is
	// not repeated.
	verified bool
}

// commit makes the change of an entry that was found good. It cannot fail. When
// it runs the head is already the entry's.
type commit func()

// Apply judges the next entry and, if it is good, changes the state. On error
// the state is as before. The errors are CodeBadEncoding for what is not the
// deterministic encoding of an entry or its body, CodeBadCertificate,
// CodeBadSignature, CodeTooLarge, and CodeRosterInvalid for everything that
// breaks a rule. The octets of e are not kept.
func (s *State) Apply(e schema.SignedEntry) error { return s.apply(e, false) }

// ApplyVerified is [State.Apply] for an entry that went through Apply before,
// under the same [cert.Policy], and was kept since where nobody else can change
// it (under a MAC). Signatures, those inside of certificates included, are not
// verified again; every rule is. It must never see what came from a server in
// this run: see [cert.ParseVerified], whose conditions are the same.
func (s *State) ApplyVerified(e schema.SignedEntry) error { return s.apply(e, true) }

func (s *State) apply(signed schema.SignedEntry, verified bool) error {
	e, err := s.open(signed, verified)
	if err != nil {
		return err
	}
	done, err := s.judge(e)
	if err != nil {
		return err
	}
	s.hashes = append(s.hashes, signed.Hash())
	done()
	return nil
}

// open decodes an entry and checks that it is the next one of this roster.
func (s *State) open(signed schema.SignedEntry, verified bool) (*entry, error) {
	switch {
	case len(signed.Entry) > schema.MaxRosterEntry:
		return nil, schema.Errorf(schema.CodeTooLarge, "a roster entry is larger than %d octets", schema.MaxRosterEntry)
	case len(signed.Signature) > schema.MaxSignature || len(signed.InviteSignature) > schema.MaxSignature:
		return nil, schema.Errorf(schema.CodeTooLarge, "a signature is larger than %d octets", schema.MaxSignature)
	}
	e := &entry{signed: signed, verified: verified}
	if err := schema.Unmarshal(signed.Entry, &e.RosterEntry); err != nil {
		return nil, err
	}
	switch {
	case e.Purpose != schema.PurposeRoster:
		return nil, invalid("the purpose is not that of a roster entry")
	case e.Workspace != s.workspace:
		return nil, invalid("the entry is of another workspace")
	case e.Seq != s.head()+1:
		return nil, invalid("the entry has sequence %d, %d is next", e.Seq, s.head()+1)
	case e.Prev != s.Head().Hash:
		return nil, invalid("the entry does not follow the head")
	case (e.Kind == schema.RosterGenesis) != (e.Seq == 1):
		return nil, invalid("a roster has one genesis, its first entry")
	case e.Kind != schema.RosterJoin && len(signed.InviteSignature) > 0:
		return nil, invalid("only a join carries an invite's signature")
	case s.personal && e.Kind != schema.RosterCertificate && e.Kind != schema.RosterEpoch:
		return nil, invalid("a personal workspace has one member and one circle")
	case len(s.due) > 0 && (e.Kind != schema.RosterEpoch || e.Author != s.dueBy):
		return nil, invalid("epochs of %d circles by the previous entry's author are due first", len(s.due))
	}
	return e, nil
}

// judge finds the rule for the entry's kind.
func (s *State) judge(e *entry) (commit, error) {
	switch e.Kind {
	case schema.RosterGenesis:
		return s.genesis(e)
	case schema.RosterJoin:
		return s.join(e)
	}
	author := s.current(e.Author)
	switch {
	case author == nil:
		return nil, invalid("the author is not a member")
	case author.pending && e.Kind != schema.RosterLeave && e.Kind != schema.RosterCertificate:
		return nil, invalid("the author waits for approval")
	case e.Kind == schema.RosterCertificate:
		return s.certificate(e, author)
	}
	if err := e.signedBy(author.cert); err != nil {
		return nil, err
	}
	switch e.Kind {
	case schema.RosterAdmit:
		return s.admit(e, author)
	case schema.RosterRemove:
		return s.remove(e, author)
	case schema.RosterLeave:
		return s.leave(e, author)
	case schema.RosterRole:
		return s.changeRole(e, author)
	case schema.RosterInvite:
		return s.invite(e, author)
	case schema.RosterCancel:
		return s.cancel(e, author)
	case schema.RosterCircle:
		return s.newCircle(e, author)
	case schema.RosterCircleAdmit:
		return s.circleAdmit(e)
	case schema.RosterCircleRemove:
		return s.circleRemove(e)
	case schema.RosterEpoch:
		return s.startEpoch(e)
	default:
		return nil, invalid("the kind %d is not known", e.Kind)
	}
}

// signedBy checks that the entry's device is one of the certificate's, not
// revoked in it, and made the signature.
func (e *entry) signedBy(c *cert.Certificate) error {
	d, ok := c.Device(e.Device)
	switch {
	case !ok:
		return invalid("the device is not one of the author's")
	case d.Revoked:
		return invalid("the device is revoked")
	}
	return e.verify(d, e.signed.Signature)
}

// verify checks a detached signature over the entry's octets.
func (e *entry) verify(d cert.Device, signature []byte) error {
	if e.verified {
		return nil
	}
	return cert.VerifyDetached(d, e.signed.Entry, signature)
}

// parse reads a certificate in an entry.
func (e *entry) parse(b []byte) (*cert.Certificate, error) {
	if len(b) > schema.MaxCertificate {
		return nil, schema.Errorf(schema.CodeBadCertificate, "a certificate is larger than %d octets", schema.MaxCertificate)
	}
	if e.verified {
		return cert.ParseVerified(b)
	}
	return cert.Parse(b)
}

// body decodes the body of an entry.
func body[T any](e *entry) (T, error) {
	var b T
	err := schema.Unmarshal(e.Body, &b)
	return b, err
}

func invalid(format string, args ...any) error {
	return schema.Errorf(schema.CodeRosterInvalid, format, args...)
}
