package roster

import (
	"fmt"
	"strconv"
	"strings"
)

// A step of a scenario, one line of a vector file:
//
//	VERB ARGUMENT... [NAME=VALUE | NAME]... by ACTOR [NAME=VALUE | NAME]...
//
// genesis [personal]             admit USER role=R circles=C,..
// epoch CIRCLE                   invite I role=R circles=C,.. uses=N [expires=MS] [approval]
// join I                         cancel I
// remove USER                    leave
// role USER ROLE                 certificate [add=D] [revoke=D] [encryption]
// circle C [members=U,..]        circle-admit C USER
// circle-remove C USER
//
// Without more, a step is a correct entry at the head, signed by the actor's
// first valid device (d1, ...). The tweaks that spoil it are in build_test.go.
// "renew USER [add=D] [revoke=D] [encryption] [replace]" changes a certificate
// without an entry; replace makes another primary key for the same user id.
type step struct {
	verb string
	args []string
	by   string
	opts map[string]string
}

// positional is the number of arguments of each verb.
var positional = map[string]int{
	"genesis": 0, "epoch": 1, "admit": 1, "invite": 1, "join": 1, "cancel": 1, "remove": 1, "leave": 0,
	"role": 2, "certificate": 0, "circle": 1, "circle-admit": 2, "circle-remove": 2, "renew": 1,
}

func parseStep(line string) (step, error) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return step{}, fmt.Errorf("empty step")
	}
	st := step{verb: words[0], opts: map[string]string{}}
	n, ok := positional[st.verb]
	if !ok || len(words) < 1+n {
		return step{}, fmt.Errorf("unknown verb or too few arguments")
	}
	st.args = words[1 : 1+n]
	for rest := words[1+n:]; len(rest) > 0; rest = rest[1:] {
		if rest[0] == "by" && len(rest) > 1 {
			st.by, rest = rest[1], rest[1:]
			continue
		}
		name, value, _ := strings.Cut(rest[0], "=")
		st.opts[name] = value
	}
	if st.by == "" && st.verb != "renew" {
		return step{}, fmt.Errorf("nobody does this step")
	}
	return st, nil
}

func (st step) has(name string) bool { _, ok := st.opts[name]; return ok }

func (st step) is(name, value string) bool { v, ok := st.opts[name]; return ok && v == value }

func (st step) list(name string) []string {
	if st.opts[name] == "" {
		return nil
	}
	return strings.Split(st.opts[name], ",")
}

// number is the option as a number, or the one given.
func (st step) number(name string, otherwise uint64) uint64 {
	v, ok := st.opts[name]
	if !ok {
		return otherwise
	}
	n, err := strconv.ParseUint(v, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("%s=%s is not a number", name, v))
	}
	return n
}
