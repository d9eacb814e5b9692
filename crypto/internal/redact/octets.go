package redact

// Octets holds secret octets where fmt cannot come upon them. It calls no methods
// on private fields of somebody else's struct, and with a verb that does not fit
// it follows one pointer there; so the octets lie behind two. Copies share them:
// wiping one wipes all. The zero value holds nothing. It is for types that embed
// [Secret], and is not safe for use beside its own Wipe.
type Octets struct{ at **[]byte }

// Hide takes b over.
func Hide(b []byte) Octets {
	p := &b
	return Octets{&p}
}

// Reveal returns the octets themselves, not a copy; nil if there are none or they
// were wiped.
func (o Octets) Reveal() []byte {
	if o.at == nil {
		return nil
	}
	return **o.at
}

// Wipe zeroes the octets and lets them go, in every copy of the value.
func (o Octets) Wipe() {
	if o.at != nil {
		clear(**o.at)
		**o.at = nil
	}
}
