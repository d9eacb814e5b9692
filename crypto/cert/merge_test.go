package cert_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/schema"
)

func reparse(t *testing.T, p cert.Parts) *cert.Certificate {
	t.Helper()
	c, err := cert.Parse(raw(p))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// history is one certificate in several versions: they share every signature
// but those that they add.
func history(t *testing.T) (first, device, revoked, replaced *cert.Certificate) {
	m := newMaker(1)
	full := m.parts(m.revoked(m.kem(10)), m.kem(11), m.revoked(m.device(20)), m.device(21))
	pick := func(keep func(key []byte) (have, revoked bool)) *cert.Certificate {
		p := cert.Parts{Primary: full.Primary, Direct: full.Direct}
		for _, s := range full.Subkeys {
			have, revoked := keep(s.Key)
			if !revoked {
				s.Revocation = nil
			}
			if have {
				p.Subkeys = append(p.Subkeys, s)
			}
		}
		return reparse(t, p)
	}
	is := func(key, other []byte) bool { return bytes.Equal(key, other) }
	kem10, device20 := m.kem(10).Key, edBody(20)
	first = pick(func(k []byte) (bool, bool) { return is(k, kem10), false })
	device = pick(func(k []byte) (bool, bool) { return is(k, kem10) || is(k, device20), false })
	revoked = pick(func(k []byte) (bool, bool) { return is(k, kem10) || is(k, device20), is(k, device20) })
	replaced = pick(func([]byte) (bool, bool) { return true, true })
	return first, device, revoked, replaced
}

func TestCertificatesOnlyGrow(t *testing.T) {
	first, device, revoked, replaced := history(t)
	versions := []*cert.Certificate{first, device, revoked, replaced}
	for i, old := range versions {
		for j, new := range versions {
			err := cert.Extends(old, new)
			if (err == nil) != (i <= j) {
				t.Errorf("version %d over %d: %v", j, i, err)
			}
			if err != nil && !schema.HasCode(err, schema.CodeBadCertificate) {
				t.Errorf("version %d over %d: %v", j, i, err)
			}
			merged, err := cert.Merge(old, new)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(merged.Bytes(), versions[max(i, j)].Bytes()) {
				t.Errorf("merging %d and %d does not give the later one", i, j)
			}
		}
	}
}

// TestAttack_K6_StrippedRevocation serves, after a revocation, the certificate
// without it, and one with the device gone altogether.
func TestAttack_K6_StrippedRevocation(t *testing.T) {
	first, stripped, known, _ := history(t)
	id := schema.DeviceID(pgpsig.Fingerprint(edBody(20)))
	for name, served := range map[string]*cert.Certificate{"revocation stripped": stripped, "device removed": first} {
		if cert.Extends(known, served) == nil {
			t.Errorf("%s: counts as newer", name)
		}
		for _, order := range [][2]*cert.Certificate{{known, served}, {served, known}} {
			merged, err := cert.Merge(order[0], order[1])
			if err != nil {
				t.Fatal(err)
			}
			if d, ok := merged.Device(id); !ok || !d.Revoked {
				t.Errorf("%s: the device came back", name)
			}
		}
	}
}

// TestAttack_K8_UnsignedDevice adds a device that the primary key did not sign:
// without a binding, with the server's own, and with a real binding of another
// user's device.
func TestAttack_K8_UnsignedDevice(t *testing.T) {
	victim, attacker := newMaker(1), newMaker(2)
	good := victim.parts(victim.kem(10))
	// The attacker holds the device's key: its half of the binding is genuine.
	back := pgpsig.SignBody(ed(66), pgpsig.PrimaryBinding, pgpsig.Fingerprint(edBody(66)), created, nil, victim.hashed(edBody(66)))
	for name, s := range map[string]cert.Subkey{
		"genuine back signature": {Key: edBody(66), Binding: attacker.sign(pgpsig.SubkeyBinding, pgpsig.DeviceBindingExtra(back), edBody(66))},
		"no binding":             {Key: edBody(66)},
		"attacker's binding":     attacker.device(66),
		"binding of other user":  {Key: edBody(67), Binding: attacker.device(67).Binding},
		"binding of own device":  {Key: edBody(66), Binding: victim.device(20).Binding},
		"binding as encryption":  {Key: edBody(66), Binding: victim.kem(10).Binding},
		"revoked before it came": {Key: edBody(66), Binding: attacker.device(66).Binding, Revocation: attacker.revoked(attacker.device(66)).Revocation},
	} {
		p := good
		p.Subkeys = victim.parts(good.Subkeys[0], s).Subkeys
		refuses(t, name, raw(p))
	}
}

// TestAttack_K3_OtherPrimaryKey offers another key's certificate as a version.
func TestAttack_K3_OtherPrimaryKey(t *testing.T) {
	m, other := newMaker(1), newMaker(2)
	mine, theirs := m.make(t, m.kem(10)), other.make(t, other.kem(10))
	if err := cert.Extends(mine, theirs); !schema.HasCode(err, schema.CodeKeyChanged) {
		t.Error(err)
	}
	if _, err := cert.Merge(mine, theirs); !schema.HasCode(err, schema.CodeKeyChanged) {
		t.Error(err)
	}
}

func TestMergeRefusesContradictions(t *testing.T) {
	m := newMaker(1)
	base := m.parts(m.kem(10))
	c := reparse(t, base)
	otherDirect := base
	otherDirect.Direct = m.direct() // another salt
	otherBinding := base
	otherBinding.Subkeys = []cert.Subkey{m.kem(10)}
	for name, p := range map[string]cert.Parts{"direct-key signature": otherDirect, "binding": otherBinding} {
		d := reparse(t, p)
		if _, err := cert.Merge(c, d); !schema.HasCode(err, schema.CodeBadCertificate) {
			t.Errorf("another %s: merged: %v", name, err)
		}
		if err := cert.Extends(c, d); !schema.HasCode(err, schema.CodeBadCertificate) {
			t.Errorf("another %s: extends: %v", name, err)
		}
	}
}

// Two devices revoke a third at once: either revocation will do, and the result
// does not depend on the order.
func TestMergeOfTwoRevocations(t *testing.T) {
	m := newMaker(1)
	base := m.parts(m.kem(10), m.device(20))
	revoke := func() *cert.Certificate {
		p := base
		p.Subkeys = slices.Clone(base.Subkeys)
		for i := range p.Subkeys {
			if bytes.Equal(p.Subkeys[i].Key, edBody(20)) {
				p.Subkeys[i] = m.revoked(p.Subkeys[i])
			}
		}
		return reparse(t, p)
	}
	a, b := revoke(), revoke()
	if bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Fatal("the revocations do not differ")
	}
	ab, err := cert.Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	ba, err := cert.Merge(b, a)
	if err != nil || !bytes.Equal(ab.Bytes(), ba.Bytes()) {
		t.Errorf("merging depends on the order: %v", err)
	}
	if cert.Extends(a, b) != nil || cert.Extends(a, ab) != nil || cert.Extends(b, ab) != nil {
		t.Error("one revocation is not as good as the other")
	}
}

// Two devices replace the encryption subkey at once: there is no certificate
// that holds both, so somebody has to do it again.
func TestMergeOfTwoReplacements(t *testing.T) {
	m := newMaker(1)
	base := m.parts(m.kem(10))
	replace := func(n byte) *cert.Certificate {
		p := m.parts(m.revoked(base.Subkeys[0]), m.kem(n))
		p.Direct = base.Direct
		return reparse(t, p)
	}
	if _, err := cert.Merge(replace(11), replace(12)); !schema.HasCode(err, schema.CodeConflict) {
		t.Error(err)
	}
}

func TestMergeKeepsLimits(t *testing.T) {
	m := newMaker(1)
	base := m.parts(m.kem(10))
	grow := func(first byte) *cert.Certificate {
		subkeys := slices.Clone(base.Subkeys)
		for n := range byte(schema.MaxDevices/2 + 1) {
			subkeys = append(subkeys, m.device(first+n))
		}
		p := m.parts(subkeys...)
		p.Direct = base.Direct
		return reparse(t, p)
	}
	if _, err := cert.Merge(grow(20), grow(120)); !schema.HasCode(err, schema.CodeBadCertificate) {
		t.Error(err)
	}
}
