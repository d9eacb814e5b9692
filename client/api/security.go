package api

import (
	"context"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

func securityMethods() []Method {
	return []Method{
		method("security.report", (*API).securityReport),
		method("security.proof", (*API).securityProof),
		method("security.dismiss", (*API).dismissFinding),
		method("security.shield", (*API).shield),
	}
}

// Finding is something that this device has detected and remembers.
type Finding struct {
	ID       client.FindingID   `json:"id"`
	Code     client.FindingCode `json:"code"`
	Severity client.Severity    `json:"severity"`
	// Kind groups misbehaviour; null for what is none.
	Kind *client.MisbehaviourKind `json:"kind"`
	// Sentence is what a person reads, by language: en, fr. People and devices stand
	// in it by their ids, which Facts has too.
	Sentence map[string]string `json:"sentence"`
	Facts    Facts             `json:"facts"`
	// Workspace is null when the account itself is concerned, Channel when it is not
	// one channel that the user sees.
	Workspace *schema.WorkspaceID `json:"workspace"`
	Channel   *schema.StreamID    `json:"channel"`
	// At and Last are when it was found first and last, by this device's clock.
	At   int64 `json:"at"`
	Last int64 `json:"last"`
	// Stands is what stands still because of it now, and StillWorks what goes on all
	// the same, by language.
	Stands     Standstill        `json:"stands"`
	StillWorks map[string]string `json:"stillWorks"`
	// Dismissed is when the user dismissed it; 0 while it is open.
	Dismissed  int64 `json:"dismissed"`
	MayDismiss bool  `json:"mayDismiss"`
	// Proof counts the pieces that prove it, see security.proof.
	Proof int `json:"proof"`
}

// Facts are what a finding's sentence is made of, null or 0 where it needs none.
type Facts struct {
	User   *schema.UserID   `json:"user"`
	Device *schema.DeviceID `json:"device"`
	Circle *schema.CircleID `json:"circle"`
	// Accuser is the device whose signed word contradicts what the server shows:
	// either of the two lies. Dismissing sets that device's word aside.
	Accuser *schema.DeviceID `json:"accuser"`
	Seq     uint64           `json:"seq"`
	Known   uint64           `json:"known"`
	Epoch   uint64           `json:"epoch"`
	Cause   *schema.Code     `json:"cause"`
	Note    string           `json:"note"` // technical, in English
}

// Standstill is what a finding stops. Append-only.
type Standstill string

const (
	StandsNothing   Standstill = "nothing"
	StandsChannel   Standstill = "channel"
	StandsNames     Standstill = "names" // the names and channels of some members' circle
	StandsWorkspace Standstill = "workspace"
)

// stillWorks is what goes on, for people.
var stillWorks = map[Standstill]map[string]string{
	StandsNothing: {
		"en": "Nothing stands still because of it.",
		"fr": "Rien n’est arrêté à cause de cela.",
	},
	StandsChannel: {
		"en": "This channel stands still: nothing new is shown or sent there. What it showed before stays readable, and every other channel goes on.",
		"fr": "Ce canal est arrêté : rien de nouveau n’y est montré ni envoyé. Ce qu’il montrait avant reste lisible, et tous les autres canaux continuent.",
	},
	StandsNames: {
		"en": "Names and new channels are not brought up to date there. Messages in the channels that you see go on.",
		"fr": "Les noms et les nouveaux canaux n’y sont plus mis à jour. Les messages des canaux que vous voyez continuent.",
	},
	StandsWorkspace: {
		"en": "This workspace stands still: nothing is received or sent there. What this device holds stays readable, and your other workspaces go on.",
		"fr": "Cet espace est arrêté : rien n’y est reçu ni envoyé. Ce que cet appareil possède reste lisible, et vos autres espaces continuent.",
	},
}

// SecurityReport is everything that this device has ever detected, newest first.
type SecurityReport struct {
	Findings []Finding `json:"findings"`
}

func (a *API) securityReport(ctx context.Context, _ Empty) (SecurityReport, error) {
	out := SecurityReport{Findings: []Finding{}}
	e, err := a.engine()
	if err != nil {
		return out, err
	}
	for _, f := range e.Findings(ctx) {
		out.Findings = append(out.Findings, findingOf(e, f))
	}
	return out, nil
}

func findingOf(e *client.Engine, f client.Finding) Finding {
	out := Finding{
		ID: f.ID(), Code: f.Code, Severity: f.Code.Severity(),
		Sentence: map[string]string{"en": f.Sentence("en"), "fr": f.Sentence("fr")},
		Facts: Facts{
			User: given(f.Facts.User), Device: given(f.Facts.Device), Circle: given(f.Facts.Circle), Accuser: given(f.Accuser),
			Seq: f.Facts.Seq, Known: f.Facts.Known, Epoch: f.Facts.Epoch, Note: f.Facts.Note,
		},
		Workspace: given(f.Workspace), At: f.At, Last: f.Last, Stands: StandsNothing, Dismissed: f.Dismissed,
		MayDismiss: f.Open() && (!f.Stops || !f.Accuser.IsZero()), Proof: len(f.Proof),
	}
	if f.Kind != "" {
		out.Kind = &f.Kind
	}
	if f.Facts.Cause != "" {
		out.Facts.Cause = &f.Facts.Cause
	}
	if w, err := e.Workspace(f.Workspace); err == nil && !f.Stream.IsZero() {
		if ch, err := w.FindChannel(f.Stream.String()); err == nil {
			out.Channel = &ch.Stream
		}
	}
	if f.Stops && f.Open() {
		switch {
		case f.Stream.IsZero():
			out.Stands = StandsWorkspace
		case out.Channel != nil:
			out.Stands = StandsChannel
		default:
			out.Stands = StandsNames
		}
	}
	out.StillWorks = stillWorks[out.Stands]
	return out
}

// given is null for the id of nothing.
func given[T interface {
	comparable
	IsZero() bool
}](id T) *T {
	if id.IsZero() {
		return nil
	}
	return &id
}

// FindingRef names a finding.
type FindingRef struct {
	Finding client.FindingID `json:"finding"`
}

// ProofParams name a piece of the proof of a finding, from 0 on.
type ProofParams struct {
	FindingRef
	Item int `json:"item"`
}

// ProofItem is one piece of a proof, as this device received it.
type ProofItem struct {
	What  string `json:"what"`
	Bytes []byte `json:"bytes"`
}

// securityProof answers with one piece: together they may be megabytes.
func (a *API) securityProof(_ context.Context, p ProofParams) (ProofItem, error) {
	e, err := a.engine()
	if err != nil {
		return ProofItem{}, err
	}
	f, err := e.Finding(p.Finding)
	if err != nil {
		return ProofItem{}, err
	}
	if p.Item < 0 || p.Item >= len(f.Proof) {
		return ProofItem{}, schema.Errorf(schema.CodeNotFound, "the proof has %d items", len(f.Proof))
	}
	item := f.Proof[p.Item]
	return ProofItem{What: item.What, Bytes: list(item.Bytes)}, nil
}

// dismissFinding records that the user has dealt with a finding. It stays in the
// report.
func (a *API) dismissFinding(ctx context.Context, p FindingRef) (Empty, error) {
	e, err := a.engine()
	if err == nil {
		err = e.DismissFinding(ctx, p.Finding)
	}
	a.changes.tell(Change{Kind: ChangeSecurity}, Change{Kind: ChangeWorkspaces}, Change{Kind: ChangeChannels})
	return Empty{}, err
}

// Trust is what is known of a person's key. Append-only.
type Trust string

const (
	TrustSelf         Trust = "self"          // the user's own
	TrustVerified     Trust = "verified"      // compared with its owner
	TrustFirstContact Trust = "first-contact" // taken as it came, and unchanged since
	TrustKeyChanged   Trust = "key-changed"   // not the one known so far
)

// Reader is somebody who can read a channel.
type Reader struct {
	Person
	Trust Trust `json:"trust"`
	// Reading are the person's devices that can, oldest first.
	Reading []ReaderDevice `json:"reading"`
}

// ReaderDevice is a device that can read, since it was added.
type ReaderDevice struct {
	ID    schema.DeviceID `json:"id"`
	Since int64           `json:"since"` // by its own clock
}

// Shield is what was checked of a channel's protection. Whatever is sealed there
// now opens for the readers and for nobody else.
type Shield struct {
	Readers      []Reader `json:"readers"`
	Devices      int      `json:"devices"` // of all readers
	Verified     int      `json:"verified"`
	FirstContact int      `json:"firstContact"`
	KeyChanged   int      `json:"keyChanged"`
	Guests       int      `json:"guests"`
	// Invites counts open invites whose links lead in without anybody's approval.
	Invites int `json:"invites"`
	// Epoch numbers the present keys, which hold since Since, by the clock of whoever
	// made them; 0 when that is not known.
	Epoch uint64 `json:"epoch"`
	Since int64  `json:"since"`
	// Renewing tells that somebody has left, and that new keys are made before
	// anything else is written.
	Renewing bool `json:"renewing"`
	// Caught tells that the server was caught, and the channel stands still. Findings
	// counts what is open in the report about the channel or its workspace.
	Caught   bool `json:"caught"`
	Findings int  `json:"findings"`
}

func (a *API) shield(ctx context.Context, p ChannelRef) (Shield, error) {
	e, err := a.engine()
	if err != nil {
		return Shield{}, err
	}
	w, ch, err := a.channel(p)
	if err != nil {
		return Shield{}, err
	}
	s, err := w.Shield(ctx, ch)
	if err != nil {
		return Shield{}, err
	}
	out := Shield{Readers: []Reader{}, Invites: s.Invites, Epoch: s.Epoch, Renewing: s.Stale, Caught: s.Caught != nil}
	if !s.Since.IsZero() {
		out.Since = s.Since.UnixMilli()
	}
	for _, r := range s.Readers {
		out.add(readerOf(e, r))
	}
	for _, f := range e.Findings(ctx) {
		if f.Open() && f.Workspace == p.Workspace && (f.Stream.IsZero() || f.Stream == p.Channel) {
			out.Findings++
		}
	}
	return out, nil
}

func readerOf(e *client.Engine, r client.Reader) Reader {
	out := Reader{Person: personOf(e, r.Person), Trust: TrustFirstContact, Reading: []ReaderDevice{}}
	switch {
	case out.Self:
		out.Trust = TrustSelf
	case r.KeyChanged:
		out.Trust = TrustKeyChanged
	case r.Verified:
		out.Trust = TrustVerified
	}
	for _, d := range r.Devices {
		out.Reading = append(out.Reading, ReaderDevice{ID: d.ID, Since: d.Created.UnixMilli()})
	}
	return out
}

func (s *Shield) add(r Reader) {
	s.Readers = append(s.Readers, r)
	s.Devices += len(r.Reading)
	switch r.Trust {
	case TrustVerified:
		s.Verified++
	case TrustFirstContact:
		s.FirstContact++
	case TrustKeyChanged:
		s.KeyChanged++
	}
	if r.Role == RoleGuest {
		s.Guests++
	}
}
