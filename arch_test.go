package main

import (
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const modulePath = "github.com/cenacle-team/cenacle"

// A graph holds what each package of the module imports in its non-test files,
// whatever their build tags. Packages of the module are named by their folder
// ("server/store", "." for the root), all others by their import path.
type graph map[string][]string

// folders is the table of who may import whom. The longest matching folder wins;
// a package of a folder may always import others of the same folder.
var folders = map[string]struct {
	may []string
	why string
}{
	"schema":    {nil, "schema is the leaf: whatever two parties must agree on depends on nothing that one of them does"},
	"crypto":    {[]string{"schema"}, "cryptography knows bytes and keys, not workspaces, servers or screens"},
	"workspace": {[]string{"schema", "crypto/cert"}, "rules and reducers must give the same result everywhere, so they may verify, and neither decrypt nor do I/O"},
	"client":    {[]string{"schema", "crypto", "workspace"}, "the client is the seeing half: it must run, and be audited, without the server's code"},
	"rtc":       {[]string{"schema"}, "the SFU forwards frames that it cannot open"},
	"server":    {[]string{"schema", "rtc", "crypto/cert", "workspace/roster"}, "the server is the blind half: it checks the roster and signatures' keys, and understands nothing else of a workspace"},
	".":         {[]string{"server", "client/cli", "client/web"}, "main only wires the halves together"},
	"docs":      {[]string{"schema", "client", "workspace"}, "an example is a program of somebody else's: it uses the library, and never the server"},
	"tools":     {[]string{"schema", "client", "server"}, "tools serve the development: they may use the product, as the demonstration does, which runs both halves, and are never linked into it"},
}

// isSupport tells code that serves tests and benchmarks: a folder that is named
// for it (storetest, loadtest, clienttest), and the lying server. It may import
// anything, because it puts both halves together, and must never be linked into
// the product.
func isSupport(pkg string) bool {
	_, ours := folders[folderOf(pkg)]
	return ours && strings.Contains(pkg, "/") && strings.HasSuffix(pkg, "test") || within(pkg, "client/hostile")
}

// A ban forbids folders to import others.
type ban struct {
	from, never []string
	why         string
}

// reachBans also hold over any chain of imports. supportCode stands for every
// package that isSupport tells.
var reachBans = []ban{
	{[]string{"server", "rtc"}, []string{"crypto/identity", "crypto/seal", "crypto/login", "crypto/sframe"},
		"the server cannot decrypt because the code that decrypts is not linked into it"},
	{[]string{"server", "rtc"}, []string{"client"},
		"the blind half must work without the seeing one"},
	{[]string{"."}, notInProduct, "what serves tests and development is not part of the product"},
}

const supportCode = "<support>"

var notInProduct = []string{supportCode, "tools", "testing", "honnef.co", "github.com/rogpeppe/go-internal"}

// directBans are about what a package imports itself: nearly everything reaches
// os somewhere below.
var directBans = []ban{
	{[]string{"workspace"}, []string{"net", "os", "syscall", "log", "database/sql", "math/rand", "crypto/rand"},
		"rules and reducers do no I/O and draw no randomness: any device must compute the same state from the same log"},
	{[]string{"crypto"}, []string{"net/http", "os", "database/sql"},
		"cryptography works on octets that it is given, and has no business with a disk or a network"},
	{[]string{"schema", "crypto"}, []string{"math/rand"},
		"an identifier or a key that can be guessed is worth nothing"},
}

// within reports whether a package is a folder or lies below it.
func within(pkg, folder string) bool {
	return pkg == folder || folder != "." && strings.HasPrefix(pkg, folder+"/")
}

func withinAny(pkg string, list []string) bool {
	return slices.ContainsFunc(list, func(folder string) bool {
		return within(pkg, folder) || folder == supportCode && isSupport(pkg)
	})
}

// violations applies every rule to a graph. Each finding names both ends and the
// reason, so that whoever meets it need not look for this file.
func violations(g graph) []string {
	var found []string
	for _, pkg := range slices.Sorted(maps.Keys(g)) {
		folder := folderOf(pkg)
		row, ok := folders[folder]
		if !ok {
			found = append(found, fmt.Sprintf("%s: no row of the table in arch_test.go names this folder; decide who may import it", pkg))
			continue
		}
		if isSupport(pkg) {
			continue
		}
		for _, imported := range g[pkg] {
			if _, ours := g[imported]; ours && folderOf(imported) != folder && !withinAny(imported, row.may) {
				found = append(found, fmt.Sprintf("%s imports %s; %s may import of this module: %s. Reason: %s",
					pkg, imported, folder, orNothing(row.may), row.why))
			}
			for _, b := range directBans {
				if withinAny(pkg, b.from) && withinAny(imported, b.never) {
					found = append(found, fmt.Sprintf("%s imports %s. Reason: %s", pkg, imported, b.why))
				}
			}
		}
		for _, b := range reachBans {
			if !withinAny(pkg, b.from) {
				continue
			}
			if chain := g.chain(pkg, b.never); chain != nil {
				found = append(found, fmt.Sprintf("%s reaches %s (%s). Reason: %s",
					pkg, chain[len(chain)-1], strings.Join(chain, " -> "), b.why))
			}
		}
	}
	return found
}

func orNothing(list []string) string {
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, ", ")
}

func folderOf(pkg string) string {
	folder, _, _ := strings.Cut(pkg, "/")
	return folder
}

// chain returns the shortest path of imports from a package to any of the
// targets, or nil.
func (g graph) chain(from string, targets []string) []string {
	before := map[string]string{from: ""}
	queue := []string{from}
	for len(queue) > 0 {
		pkg := queue[0]
		queue = queue[1:]
		if pkg != from && withinAny(pkg, targets) {
			var path []string
			for p := pkg; p != ""; p = before[p] {
				path = append(path, p)
			}
			slices.Reverse(path)
			return path
		}
		for _, next := range g[pkg] {
			if _, seen := before[next]; !seen {
				before[next] = pkg
				queue = append(queue, next)
			}
		}
	}
	return nil
}

func TestArchitecture_Imports(t *testing.T) {
	g := graph{}
	for _, f := range goFiles(t) {
		if f.test() {
			continue
		}
		if _, ok := g[f.pkg()]; !ok {
			g[f.pkg()] = nil
		}
		for _, imported := range f.imports() {
			if !slices.Contains(g[f.pkg()], imported) {
				g[f.pkg()] = append(g[f.pkg()], imported)
			}
		}
	}
	if len(g) < 5 {
		t.Fatalf("only %d packages were found", len(g))
	}
	for _, v := range violations(g) {
		t.Error(v)
	}
}

// TestArchitecture_ProductIsLinkedWithoutTestCode asks the Go tool itself, which
// also follows the dependencies of other modules.
func TestArchitecture_ProductIsLinkedWithoutTestCode(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", ".")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, pkg := range strings.Fields(string(out)) {
		pkg = inModule(pkg)
		if withinAny(pkg, notInProduct) {
			t.Errorf("the product links %s, which serves tests or development only", pkg)
		}
	}
}

func TestArchitecture_ImportRulesBite(t *testing.T) {
	// Every package that a case mentions exists in its graph.
	clean := graph{
		".":                      {"server", "client/cli", "client/web", "os"},
		"schema":                 {"crypto/rand"},
		"crypto/cert":            {"schema"},
		"crypto/seal":            {"schema", "crypto/identity"},
		"crypto/identity":        {"schema", "crypto/cert", "crypto/login"},
		"crypto/login":           {"schema"},
		"workspace/roster":       {"schema", "crypto/cert"},
		"workspace/chat":         {"schema"},
		"client":                 {"schema", "crypto/seal", "workspace/chat", "os"},
		"client/cli":             {"client"},
		"client/web":             {"net/http"},
		"client/clienttest":      {"client", "server", "testing"},
		"rtc":                    {"schema"},
		"server":                 {"schema", "rtc", "crypto/cert", "workspace/roster", "server/store"},
		"server/store":           {"schema", "database/sql"},
		"server/loadtest":        {"server", "crypto/seal", "client"},
		"server/store/storetest": {"server/store", "testing"},
		"tools/testsummary":      {"os"},
	}
	if v := violations(clean); len(v) > 0 {
		t.Fatalf("the clean graph is refused:\n%s", strings.Join(v, "\n"))
	}
	for _, c := range []struct {
		pkg, adds string
		want      []string // parts of one finding
	}{
		{"schema", "crypto/cert", []string{"schema imports crypto/cert", "nothing", "leaf"}},
		{"crypto/cert", "workspace/roster", []string{"crypto/cert imports workspace/roster"}},
		{"workspace/chat", "crypto/seal", []string{"workspace/chat imports crypto/seal", "schema, crypto/cert"}},
		{"workspace/chat", "net/http", []string{"workspace/chat imports net/http", "no I/O"}},
		{"workspace/roster", "os", []string{"workspace/roster imports os", "no I/O"}},
		{"workspace/roster", "crypto/rand", []string{"crypto/rand", "randomness"}},
		{"workspace/roster", "math/rand/v2", []string{"math/rand/v2", "randomness"}},
		{"crypto/seal", "net/http", []string{"crypto/seal imports net/http", "octets"}},
		{"crypto/seal", "math/rand", []string{"crypto/seal imports math/rand", "guessed"}},
		{"client", "server", []string{"client imports server", "seeing half"}},
		{"client/cli", "server/store", []string{"client/cli imports server/store"}},
		{"server/store", "crypto/seal", []string{"server/store imports crypto/seal", "blind half"}},
		{"server", "workspace/chat", []string{"server imports workspace/chat"}},
		{"server", "client", []string{"server imports client"}},
		{"rtc", "crypto/cert", []string{"rtc imports crypto/cert"}},
		{".", "crypto/identity", []string{". imports crypto/identity"}},
		{".", "client/clienttest", []string{". reaches client/clienttest", "not part of the product"}},
		// Each import allowed, the sum forbidden: only the transitive rule sees it.
		{"crypto/cert", "crypto/identity", []string{"server reaches crypto/identity (server -> crypto/cert -> crypto/identity)", "not linked"}},
		{"crypto/cert", "crypto/login", []string{"server reaches crypto/login (server -> crypto/cert -> crypto/login)"}},
		{"client/cli", "tools/testsummary", []string{". reaches tools/testsummary (. -> client/cli -> tools/testsummary)"}},
		{"server/store", "server/store/storetest", []string{". reaches server/store/storetest (. -> server -> server/store -> server/store/storetest)"}},
		{"client/web", "client/hostile", []string{". reaches client/hostile"}},
		{"scripts/gen", "schema", []string{"scripts/gen: no row of the table"}},
	} {
		t.Run(c.pkg+" imports "+c.adds, func(t *testing.T) {
			g := maps.Clone(clean)
			g[c.pkg] = append(slices.Clone(g[c.pkg]), c.adds)
			found := violations(g)
			if !slices.ContainsFunc(found, func(v string) bool {
				for _, part := range c.want {
					if !strings.Contains(v, part) {
						return false
					}
				}
				return true
			}) {
				t.Errorf("no finding has %q; found:\n%s", c.want, strings.Join(found, "\n"))
			}
		})
	}
}
