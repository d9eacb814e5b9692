package open

import (
	"errors"
	"fmt"
	"html"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// Launch opens an address in the user's browser. It is handed over in a file that
// only the user can read, because the arguments of a program are everybody's on
// the machine; remove deletes that file.
func Launch(dir, url string) (remove func() error, err error) {
	f, err := os.CreateTemp(dir, "open-*.html") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("write the address for the browser: %w", err)
	}
	remove = func() error {
		if err := os.Remove(f.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove the address for the browser: %w", err)
		}
		return nil
	}
	_, err = f.WriteString(page(url))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, errors.Join(fmt.Errorf("write the address for the browser: %w", err), remove())
	}
	name, args := browser(f.Name())
	cmd := exec.Command(name, args...)
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start the browser: %w", err), remove())
	}
	return remove, cmd.Process.Release()
}

// page leads to an address.
func page(url string) string {
	return "<!doctype html>\n<meta charset=\"utf-8\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>Cénacle</title>\n" +
		"<meta http-equiv=\"refresh\" content=\"0;url=" + html.EscapeString(url) + "\">\n"
}

// browser is the command that opens a file the way its user prefers.
func browser(file string) (name string, args []string) {
	switch runtime.GOOS {
	case "darwin":
		return "open", []string{file}
	case "windows":
		return "rundll32", []string{"url.dll,FileProtocolHandler", filepath.FromSlash(file)}
	}
	return "xdg-open", []string{file}
}
