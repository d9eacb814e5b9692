package seal

import (
	"encoding/base64"
	"net/netip"
	"net/url"
	"strings"

	"github.com/cenacle-team/cenacle/schema"
)

// MaxInviteURL bounds the text of an invite's URL, in octets.
const MaxInviteURL = 1024

// An InviteLink is what an invite's URL says. The secret stands in the fragment,
// which browsers and HTTP clients never send.
type InviteLink struct {
	// Base is where the server is: scheme, host and perhaps port and path,
	// without a slash at the end.
	Base      string
	Workspace schema.WorkspaceID
	Invite    schema.InviteID
	Secret    InviteSecret
}

// inviteFragment is the CBOR in the URL's fragment.
type inviteFragment struct {
	Version   uint16             `cbor:"1,keyasint"`
	Workspace schema.WorkspaceID `cbor:"2,keyasint"`
	Invite    schema.InviteID    `cbor:"3,keyasint"`
	Secret    schema.Hash        `cbor:"4,keyasint"` // 32 octets
}

var fragmentEncoding = base64.RawURLEncoding

// FormatInviteURL writes BASE/i#FRAGMENT, where FRAGMENT is base64url (RFC 4648
// section 5, no padding) of CBOR {1: version, 2: workspace, 3: invite, 4: secret}.
// Base must be an https origin, or an http one on the loopback interface, with or
// without a path; anything else is [schema.CodeBadRequest].
func FormatInviteURL(link InviteLink) (string, error) {
	secret := link.Secret.Bytes()
	if secret == nil {
		return "", schema.Errorf(schema.CodeBadEncoding, "there is no secret")
	}
	defer clear(secret)
	if err := checkBase(link.Base); err != nil {
		return "", err
	}
	f := inviteFragment{
		Version: schema.Version, Workspace: link.Workspace, Invite: link.Invite,
		Secret: schema.Hash(secret),
	}
	b, err := schema.Marshal(f)
	if err != nil {
		return "", err
	}
	text := link.Base + "/i#" + fragmentEncoding.EncodeToString(b)
	if len(text) > MaxInviteURL {
		return "", badURL()
	}
	return text, nil
}

// ParseInviteURL accepts exactly what [FormatInviteURL] writes. Anything else is
// [schema.CodeBadRequest], another version [schema.CodeVersionUnsupported]; neither
// error holds any part of the text, for it may hold a secret.
func ParseInviteURL(text string) (InviteLink, error) {
	if len(text) > MaxInviteURL {
		return InviteLink{}, badURL()
	}
	address, fragment, ok := strings.Cut(text, "#")
	if !ok {
		return InviteLink{}, badURL()
	}
	base, ok := strings.CutSuffix(address, "/i")
	if !ok {
		return InviteLink{}, badURL()
	}
	if err := checkBase(base); err != nil {
		return InviteLink{}, err
	}
	b, err := fragmentEncoding.DecodeString(fragment)
	if err != nil || fragmentEncoding.EncodeToString(b) != fragment { // the decoder overlooks line breaks and unused bits
		return InviteLink{}, badURL()
	}
	var f inviteFragment
	if schema.Unmarshal(b, &f) != nil {
		return InviteLink{}, badURL()
	}
	if f.Version != schema.Version {
		return InviteLink{}, schema.Errorf(schema.CodeVersionUnsupported, "an invite's URL has another version")
	}
	s, err := parseSecret(f.Secret[:])
	if err != nil {
		return InviteLink{}, badURL()
	}
	return InviteLink{Base: base, Workspace: f.Workspace, Invite: f.Invite, Secret: InviteSecret{s}}, nil
}

func badURL() error {
	return schema.Errorf(schema.CodeBadRequest, "this is not the URL of an invite")
}

// checkBase refuses a base that is not in the one form that leads to one server:
// no credentials, query, fragment or escapes, nothing that a parser would repair.
func checkBase(base string) error {
	u, err := url.Parse(base)
	switch {
	case err != nil, u.String() != base, strings.HasSuffix(u.Host, ":"),
		u.User != nil, u.RawQuery != "", u.ForceQuery, u.Fragment != "",
		!plainHost(u.Hostname()), !plainPath(u.EscapedPath()):
		return badURL()
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return schema.Errorf(schema.CodeBadRequest, "a server is reached by https; http is for this machine alone")
}

const (
	hostLetters = "abcdefghijklmnopqrstuvwxyz0123456789-"
	pathLetters = hostLetters + "ABCDEFGHIJKLMNOPQRSTUVWXYZ._~"
)

// plainHost reports whether a host is an IP address or a name of lower-case ASCII
// labels; other scripts are written as IDNA A-labels (RFC 5890).
func plainHost(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil && ip.Zone() == "" {
		return true
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || strings.Trim(label, hostLetters) != "" {
			return false
		}
	}
	return true
}

// plainPath reports whether a path is empty or made of plain segments, none of
// them empty or dots alone, with no slash at the end.
func plainPath(path string) bool {
	if path == "" {
		return true
	}
	for segment := range strings.SplitSeq(path[1:], "/") {
		if strings.Trim(segment, ".") == "" || strings.Trim(segment, pathLetters) != "" {
			return false
		}
	}
	return true
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Zone() == "" && ip.IsLoopback()
}
