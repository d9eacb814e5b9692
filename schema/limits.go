package schema

import "time"

// Every bound of the protocol. A value that exceeds one is refused with a typed
// error before anything is allocated in proportion to it. Lengths are in octets
// unless the name says otherwise.
const (
	// MaxHandle bounds a sign-in handle (an email address, RFC 5321 section 4.5.3.1.3).
	MaxHandle = 254
	// MaxName bounds a display name, a channel's or a workspace's name.
	MaxName = 200
	// MaxMessage bounds the Markdown text of one message.
	MaxMessage = 64 << 10
	// MaxEmoji bounds one reaction.
	MaxEmoji = 64
	// MaxMentions bounds the mentions of one message.
	MaxMentions = 256
	// MaxTopic bounds a channel's topic.
	MaxTopic = 1000

	// MaxBody bounds the body inside an event's payload.
	MaxBody = 128 << 10
	// MaxCiphertext bounds the sealed form of one event.
	MaxCiphertext = 192 << 10
	// MaxSignal bounds the sealed form of one ephemeral signal.
	MaxSignal = 8 << 10
	// MaxAppend is the number of events in one append request.
	MaxAppend = 64
	// MaxAppendOctets bounds one append request.
	MaxAppendOctets = 1 << 20
	// MaxPage is the number of events or roster entries in one page.
	MaxPage = 1000
	// MaxPageOctets is where the server ends a page; one further item may exceed it.
	MaxPageOctets = 4 << 20

	// MaxCertificate bounds a certificate. MaxDevices devices and
	// MaxEncryptionKeys encryption subkeys, all revoked but one, fit.
	MaxCertificate = 128 << 10
	// MaxDevices bounds the devices of one identity, revoked ones included.
	MaxDevices = 64
	// MaxEncryptionKeys bounds the encryption subkeys of one identity, old ones included.
	MaxEncryptionKeys = 64
	// MaxLockedIdentity bounds a locked identity; that of the largest
	// certificate fits.
	MaxLockedIdentity = 144 << 10

	// MaxMembers bounds the people of one workspace.
	MaxMembers = 5000
	// MaxCircles bounds the circles of one workspace.
	MaxCircles = 5000
	// MaxOpenInvites bounds the open invites of one workspace: each is a
	// recipient of every new epoch of its circles.
	MaxOpenInvites = 200
	// MaxInviteUses bounds the number of people who may join by one invite.
	MaxInviteUses = 5000
	// MaxStreams bounds the streams of one workspace: the heads of all that a
	// member may read fit into one array.
	MaxStreams = 10000
	// MaxStreamsPerAuthor bounds the streams of one workspace that were made by
	// the first event of one author.
	MaxStreamsPerAuthor = 1000
	// MaxRosterEntry bounds one signed roster entry: an epoch of MaxMembers
	// members carries about 1.3 kB each.
	MaxRosterEntry = 8 << 20
	// MaxRosterBatch is the number of entries in one atomic roster request.
	MaxRosterBatch = 2*MaxCircles + 2
	// MaxRosterBatchOctets bounds one atomic roster request.
	MaxRosterBatchOctets = 32 << 20
	// MaxKeyPacket bounds one PKESK packet: 1,200 octets for ML-KEM-768+X25519.
	MaxKeyPacket = 1300
	// MaxSignature bounds one detached signature packet.
	MaxSignature = 256
	// MaxSealedInvite bounds the sealed private half of an invite.
	MaxSealedInvite = 8 << 10

	// MaxDepth bounds the nesting of a CBOR item.
	MaxDepth = 8
	// MaxArray bounds the elements of any CBOR array.
	MaxArray = 2*MaxMembers + MaxOpenInvites + 16
	// MaxMapPairs bounds the pairs of any CBOR map.
	MaxMapPairs = 64
	// MaxFrame bounds one WebSocket frame sent by a client.
	MaxFrame = 64 << 10
)

// Bounds of time.
const (
	// ChallengeLife is how long a sign-in challenge may be answered.
	ChallengeLife = 2 * time.Minute
	// SessionLife is how long an unused session lives.
	SessionLife = 30 * 24 * time.Hour
	// HoldLife is how long the server holds a circle's appends for a roster change.
	HoldLife = 5 * time.Second
	// SignalLife is how old an ephemeral signal may be when it arrives.
	SignalLife = 60 * time.Second
	// DoubtfulClock is the difference between an author's clock and the
	// server's from which a time is shown as doubtful.
	DoubtfulClock = time.Hour
)

// KDF bounds what a server may ask a client to compute (RFC 9106). The default
// is the floor: a client never derives with less, and never with more than the
// ceiling.
const (
	KDFTime          = 3
	KDFMemoryKiB     = 64 << 10
	KDFParallelism   = 4
	KDFMaxTime       = 10
	KDFMaxMemoryKiB  = 1 << 20
	KDFMaxParallel   = 16
	AccountKeyLength = 16
)

// Bounds of how a server presents itself.
const (
	// MaxWelcome bounds the welcome text, in each language.
	MaxWelcome = 4 << 10
	// MaxLegal bounds the legal notices, in each language.
	MaxLegal = 32 << 10
	// MaxLogo bounds the picture of the logo.
	MaxLogo = 256 << 10
	// MaxLogoSide bounds the width and the height of the logo, in pixels.
	MaxLogoSide = 2048
)

// Bounds of what people type and of what a device keeps under it.
const (
	// MaxPassphrase bounds a passphrase, in octets of UTF-8.
	MaxPassphrase = 1024
	// MaxLocalProfile bounds the profile that is sealed on a device's disk.
	MaxLocalProfile = 1 << 20
)
