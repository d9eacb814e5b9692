package cli

import (
	"fmt"
	"strings"
)

// catalogue holds every text that people read, by a key that says where.
type catalogue map[string]string

// language is one of the languages that this program speaks.
type language struct {
	code  string // as schema.Code.Sentence takes it
	texts catalogue
}

// languageOf follows the order of POSIX: the first of LC_ALL, LC_MESSAGES and
// LANG that is set decides.
func languageOf(getenv func(string) string) language {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			if v == "fr" || strings.HasPrefix(v, "fr_") || strings.HasPrefix(v, "fr.") {
				return language{"fr", french}
			}
			break
		}
	}
	return language{"en", english}
}

// t is the text of a key with its places filled in. A key that is missing shows
// itself; a test makes sure that none is.
func (l language) t(key string, args ...any) string {
	format, ok := l.texts[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, args...)
}
