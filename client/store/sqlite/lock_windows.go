package sqlite

import (
	"errors"
	"os"
	"syscall"
	"unsafe"
)

// Flags and an error of LockFileEx, from the Windows headers; package syscall
// does not name them.
const (
	lockfileFailImmediately = 0x1
	lockfileExclusiveLock   = 0x2
	errorLockViolation      = syscall.Errno(33)
)

var lockFileEx = syscall.NewLazyDLL("kernel32.dll").NewProc("LockFileEx")

// tryLock takes an exclusive lock on the first octet, which ends with the handle.
func tryLock(f *os.File) (bool, error) {
	var from syscall.Overlapped
	ok, _, err := lockFileEx.Call(f.Fd(), lockfileExclusiveLock|lockfileFailImmediately, 0, 1, 0, uintptr(unsafe.Pointer(&from)))
	if ok == 0 && errors.Is(err, errorLockViolation) {
		return false, nil
	}
	if ok == 0 {
		return false, err
	}
	return true, nil
}
