package seal

import (
	"bytes"
	"testing"
)

func TestPacketLengths(t *testing.T) {
	for _, n := range []int{0, 1, 191, 192, 193, 8383, 8384, 70_000} {
		body := make([]byte, n)
		b := append(appendHeader(nil, headLiteral, n), body...)
		if len(b) != headerLength(n)+n {
			t.Errorf("a body of %d octets has a header of %d, not %d", n, len(b)-n, headerLength(n))
		}
		got, rest, ok := cutPacket(append(b, 1, 2), headLiteral)
		if !ok || len(got) != n || !bytes.Equal(rest, []byte{1, 2}) {
			t.Errorf("a packet of %d octets is not read back", n)
		}
		for cut := range min(len(b), 10) {
			if _, _, ok := cutPacket(b[:len(b)-1-cut], headLiteral); ok {
				t.Errorf("a packet of %d octets is read from fewer", n)
			}
		}
	}
}

func TestPacketRefusals(t *testing.T) {
	for name, b := range map[string][]byte{
		"empty":                   {},
		"head alone":              {headLiteral},
		"other packet":            {headSEIPD, 0},
		"old format":              {0xAC, 0},
		"partial":                 append([]byte{headLiteral, 224}, make([]byte, 20_000)...),
		"partial, largest":        append([]byte{headLiteral, 254}, make([]byte, 20_000)...),
		"two octets, one there":   {headLiteral, 192},
		"five octets, four there": {headLiteral, 255, 0, 0, 0x40},
		"five octets for few":     append([]byte{headLiteral, 255, 0, 0, 0, 5}, make([]byte, 5)...),
		"five octets for 8383":    append([]byte{headLiteral, 255, 0, 0, 0x20, 0xBF}, make([]byte, 8383)...),
		"more than there is":      {headLiteral, 3, 1, 2},
		"4 GiB":                   append([]byte{headLiteral, 255, 255, 255, 255, 255}, make([]byte, 100)...),
	} {
		if _, _, ok := cutPacket(b, headLiteral); ok {
			t.Errorf("%s: accepted", name)
		}
	}
}

// Every content can be padded, to the length that paddedLength promises, and no
// other padding is taken for it.
func TestPadding(t *testing.T) {
	for n := 0; n < 9000; n += 7 {
		b, err := appendPadding(make([]byte, 3+n), 3, new(counter))
		if err != nil {
			t.Fatal(err)
		}
		if len(b)-3 != paddedLength(n+paddingHeader) {
			t.Fatalf("a content of %d octets is padded to %d", n, len(b)-3)
		}
		padding := b[3+n:]
		if !isPadding(padding, n) {
			t.Fatalf("a content of %d octets: its padding is refused", n)
		}
		if isPadding(padding[:len(padding)-1], n) || isPadding(append(padding, 0), n) || isPadding(padding, n+1) && paddedLength(n+1+paddingHeader) != n+1+len(padding) {
			t.Fatalf("a content of %d octets: another padding is accepted", n)
		}
	}
	if isPadding(nil, 1024) || isPadding([]byte{headPadding, 255, 0, 0, 0}, 1019) {
		t.Error("a padding without a header is accepted")
	}
}

func TestPadme(t *testing.T) {
	// Worked by hand: 9 = 0b1001 has exponent 3, which needs 2 bits, so 2 of the 3
	// bits below the first stay.
	for n, want := range map[int]int{
		2: 2, 3: 3, 8: 8, 9: 10, 10: 10, 11: 12, 100: 104, 1000: 1024, 1024: 1024,
		1025: 1088, 1088: 1088, 1089: 1152, 5000: 5120, 1 << 20: 1 << 20, 1<<20 + 1: 1<<20 + 1<<15,
	} {
		if got := padme(n); got != want {
			t.Errorf("padme(%d) = %d, not %d", n, got, want)
		}
	}
	last := 0
	for n := 2; n < 300_000; n++ {
		got := padme(n)
		if got < n || got < last || padme(got) != got || 100*(got-n) > 12*n {
			t.Fatalf("padme(%d) = %d", n, got)
		}
		last = got
	}
	if paddedLength(0) != minPlaintext || paddedLength(minPlaintext) != minPlaintext || paddedLength(minPlaintext+1) != 1088 {
		t.Error("the smallest plaintext has another length")
	}
}
