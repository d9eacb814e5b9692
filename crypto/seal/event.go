package seal

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"io"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/schema"
)

// A StreamKey seals and opens the events of one stream under one epoch, or the
// signals of one circle under one epoch. It is the session key of their SEIPD
// packets; making one costs some microseconds, so keep it. It is safe for
// concurrent use, and it prints as [secret].
type StreamKey struct {
	secret
	workspace schema.WorkspaceID
	stream    schema.StreamID // zero for signals
	purpose   string          // what the header must say
	max       int             // octets of ciphertext
}

// NewStreamKey derives the key of a stream's events: HKDF-SHA256 (RFC 5869) with
// salt PurposeStreamKey, the epoch's secret as input, and info workspace ‖ circle ‖
// stream ‖ epoch (8 octets, big endian). It fails only if there is no secret.
func NewStreamKey(s EpochSecret, ws schema.WorkspaceID, circle schema.CircleID, stream schema.StreamID, epoch uint64) (*StreamKey, error) {
	key, err := derive(s.secret, schema.PurposeStreamKey, streamInfo(ws, circle, stream, epoch))
	if err != nil {
		return nil, err
	}
	return &StreamKey{
		secret: key, workspace: ws, stream: stream,
		purpose: schema.PurposeEvent, max: schema.MaxCiphertext,
	}, nil
}

// NewSignalKey derives the key of a circle's ephemeral signals as [NewStreamKey]
// does, with salt PurposeSignalKey and the zero stream.
func NewSignalKey(s EpochSecret, ws schema.WorkspaceID, circle schema.CircleID, epoch uint64) (*StreamKey, error) {
	key, err := derive(s.secret, schema.PurposeSignalKey, streamInfo(ws, circle, schema.StreamID{}, epoch))
	if err != nil {
		return nil, err
	}
	return &StreamKey{
		secret: key, workspace: ws,
		purpose: schema.PurposeSignal, max: schema.MaxSignal,
	}, nil
}

// fits reports whether a header belongs under this key and to this device. A
// signal may name any stream of the circle: the one that it is about.
func (k *StreamKey) fits(h *schema.Header, device schema.DeviceID) bool {
	return h.Purpose == k.purpose && h.Version == schema.Version &&
		h.Workspace == k.workspace && h.Device == device &&
		(h.Stream == k.stream || k.purpose == schema.PurposeSignal)
}

// onePass is a One-Pass Signature packet (RFC 9580 section 5.4): version 6, type
// 0x00, hash 8 (SHA-256), algorithm 27 (Ed25519), the signature's salt, the
// issuer's fingerprint, flag 1 (no other follows).
const (
	onePassLength = 56
	onePassFixed  = "\xC4\x36\x06\x00\x08\x1B\x10"
)

func appendOnePass(b, salt []byte, device *schema.DeviceID) []byte {
	b = append(b, onePassFixed...)
	b = append(b, salt...)
	b = append(b, device[:]...)
	return append(b, 1)
}

// Seal signs a payload as the device and seals it. The payload's header must fit
// the key and the device, or the program is at fault: [schema.CodeInternal]. A body
// above [schema.MaxBody], and a signal above [schema.MaxSignal], is
// [schema.CodeTooLarge]. The hash is the SHA-256 of the encoded payload: the
// header of the device's next event in the stream names it.
func (k *StreamKey) Seal(d *identity.Device, p *schema.Payload) (ciphertext []byte, payloadHash schema.Hash, err error) {
	return k.sealWith(d.Sign, d.ID(), p, rand.Reader)
}

// sealWith does the work of Seal. The signer returns a detached signature packet
// of device over what it is given; random gives the packet's salt and then the
// padding.
func (k *StreamKey) sealWith(sign func([]byte) []byte, device schema.DeviceID, p *schema.Payload, random io.Reader) ([]byte, schema.Hash, error) {
	if err := k.check(); err != nil {
		return nil, schema.Hash{}, err
	}
	if !k.fits(&p.Header, device) {
		return nil, schema.Hash{}, schema.Errorf(schema.CodeInternal, "a header does not fit its key or its device")
	}
	if len(p.Body) > schema.MaxBody {
		return nil, schema.Hash{}, schema.Errorf(schema.CodeTooLarge, "a body has %d octets", len(p.Body))
	}
	payload, err := schema.Marshal(p)
	if err != nil {
		return nil, schema.Hash{}, err
	}
	signature := sign(payload)
	salt := pgpsig.Salt(signature)
	if salt == nil {
		return nil, schema.Hash{}, schema.Errorf(schema.CodeInternal, "a device's signature has another form")
	}

	content := onePassLength + literalLength(len(payload)) + len(signature)
	w, err := newSEIPD(paddedLength(content+paddingHeader), random)
	if err != nil {
		return nil, schema.Hash{}, err
	}
	w.buf = appendOnePass(w.buf, salt, &device)
	w.buf = appendLiteral(w.buf, payload)
	w.buf = append(w.buf, signature...)
	if w.buf, err = appendPadding(w.buf, w.start, random); err != nil {
		return nil, schema.Hash{}, err
	}
	out, err := k.seal(w)
	if err != nil {
		return nil, schema.Hash{}, err
	}
	if len(out) > k.max {
		return nil, schema.Hash{}, schema.Errorf(schema.CodeTooLarge, "a sealed event has %d octets", len(out))
	}
	return out, sha256.Sum256(payload), nil
}

// Open decrypts an event or a signal, verifies that the device signed it and that
// purpose, version, workspace, stream and device in its header are those of the
// key and the device, and returns the payload and the SHA-256 of its encoding. It
// does not look at [cert.Device.Revoked] nor at the rest of the header: that
// depends on what the reader knows.
//
// The errors are [schema.CodeBadSignature] where everything is well formed but the
// device did not sign it, and [schema.CodeUnreadable], always the same, otherwise.
func (k *StreamKey) Open(ciphertext []byte, d cert.Device) (*schema.Payload, schema.Hash, error) {
	payload, signature, err := k.decrypt(ciphertext, d.ID)
	if err != nil {
		return nil, schema.Hash{}, err
	}
	if err := cert.VerifyDetached(d, payload, signature); err != nil {
		return nil, schema.Hash{}, err
	}
	p, err := k.decode(payload, d.ID)
	if err != nil {
		return nil, schema.Hash{}, err
	}
	return p, sha256.Sum256(payload), nil
}

// Reopen is Open without its Ed25519 verification, which is most of the cost, for
// events that Open accepted before and that the caller has kept authenticated
// since, as the client's local store does. It must never be given anything that
// came from elsewhere. Its errors are Open's.
func (k *StreamKey) Reopen(ciphertext []byte, device schema.DeviceID) (*schema.Payload, error) {
	payload, _, err := k.decrypt(ciphertext, device)
	if err != nil {
		return nil, err
	}
	return k.decode(payload, device)
}

// decrypt returns the encoded payload and the signature packet over it, which
// names the device and is still to be verified.
func (k *StreamKey) decrypt(ciphertext []byte, device schema.DeviceID) (payload, signature []byte, err error) {
	if len(ciphertext) > k.max {
		return nil, nil, unreadable()
	}
	plain, err := k.open(ciphertext)
	if err != nil {
		return nil, nil, err
	}
	payload, signature, issuer, ok := splitSigned(plain)
	if !ok {
		return nil, nil, unreadable()
	}
	if issuer != device {
		return nil, nil, schema.Errorf(schema.CodeBadSignature, "signed by another device")
	}
	return payload, signature, nil
}

// decode reads a payload and checks its header against the key and the device.
func (k *StreamKey) decode(payload []byte, device schema.DeviceID) (*schema.Payload, error) {
	var p schema.Payload
	if schema.Unmarshal(payload, &p) != nil || len(p.Body) > schema.MaxBody || !k.fits(&p.Header, device) {
		return nil, unreadable()
	}
	return &p, nil
}

// splitSigned takes a plaintext apart that has exactly the four packets of a
// signed message. The two statements of the salt must agree; whether the
// signature is one, and whose, is for the caller to verify.
func splitSigned(plain []byte) (payload, signature []byte, issuer schema.DeviceID, ok bool) {
	if len(plain) < onePassLength || !bytes.HasPrefix(plain, []byte(onePassFixed)) || plain[onePassLength-1] != 1 {
		return nil, nil, issuer, false
	}
	salt := plain[len(onePassFixed) : len(onePassFixed)+pgpsig.SaltSize]
	copy(issuer[:], plain[len(onePassFixed)+pgpsig.SaltSize:])
	payload, rest, ok := cutLiteral(plain[onePassLength:])
	if !ok || len(rest) < pgpsig.PacketSize {
		return nil, nil, issuer, false
	}
	signature, padding := rest[:pgpsig.PacketSize], rest[pgpsig.PacketSize:]
	if !bytes.Equal(salt, pgpsig.Salt(signature)) || !isPadding(padding, len(plain)-len(padding)) {
		return nil, nil, issuer, false
	}
	return payload, signature, issuer, true
}
