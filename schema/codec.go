package schema

import (
	"bytes"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// One encoding for everything: deterministic CBOR (RFC 8949 section 4.2.1).
var (
	encMode = must(cbor.EncOptions{
		Sort:          cbor.SortCoreDeterministic,
		ShortestFloat: cbor.ShortestFloat16,
		NaNConvert:    cbor.NaNConvert7e00,
		InfConvert:    cbor.InfConvertFloat16,
		IndefLength:   cbor.IndefLengthForbidden,
		TagsMd:        cbor.TagsForbidden,
		NilContainers: cbor.NilContainerAsEmpty,
	}.EncMode())
	decMode = must(cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		MaxNestedLevels:   MaxDepth,
		MaxArrayElements:  MaxArray,
		MaxMapPairs:       MaxMapPairs,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		UTF8:              cbor.UTF8RejectInvalid,
		IntDec:            cbor.IntDecConvertSignedOrFail,
	}.DecMode())
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("schema: codec options: %v", err))
	}
	return v
}

// Marshal encodes a wire type as deterministic CBOR (RFC 8949 section 4.2.1).
// It fails only on types that are not wire types.
func Marshal(v any) ([]byte, error) {
	b, err := encMode.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return b, nil
}

// MustMarshal is [Marshal] for wire types made by this program.
func MustMarshal(v any) []byte {
	b, err := encMode.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("schema: encode %T: %v", v, err))
	}
	return b
}

// Unmarshal decodes one wire type and accepts nothing but what [Marshal] would
// have made of it: unknown and duplicate keys, indefinite lengths, tags,
// trailing octets, wrong lengths of ids, other than shortest forms and any
// other ordering are refused with [CodeBadEncoding]. On error the target is in
// an unspecified state and must not be used. It does not keep a reference to b.
func Unmarshal(b []byte, v any) error {
	if err := decMode.Unmarshal(b, v); err != nil {
		return &Error{Code: CodeBadEncoding, Detail: "malformed CBOR", Cause: err}
	}
	again, err := encMode.Marshal(v)
	if err != nil {
		return &Error{Code: CodeBadEncoding, Detail: "malformed CBOR", Cause: err}
	}
	if !bytes.Equal(again, b) {
		return Errorf(CodeBadEncoding, "not in deterministic form")
	}
	return nil
}
