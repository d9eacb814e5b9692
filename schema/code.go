package schema

type codeInfo struct {
	number, status int
	en, fr         string
}

// Number is the code's stable number; 0 for a code that is not ours.
func (c Code) Number() int { return codes[c].number }

// Status is the HTTP status that carries the code; 500 where it never travels.
func (c Code) Status() int {
	if s := codes[c].status; s != 0 {
		return s
	}
	return 500
}

// Known reports whether the code stands in errors.json.
func (c Code) Known() bool { _, ok := codes[c]; return ok }

// Sentence is what a person reads, in French for "fr" and in English otherwise.
func (c Code) Sentence(lang string) string {
	info, ok := codes[c]
	if !ok {
		info = codes[CodeInternal]
	}
	if lang == "fr" {
		return info.fr
	}
	return info.en
}

// Codes lists every known code; the order is not defined.
func Codes() []Code {
	out := make([]Code, 0, len(codes))
	for c := range codes {
		out = append(out, c)
	}
	return out
}
