package commands

import "errors"

// replaceProcess: Windows cannot put a program into a running process. As a service it is started again
// by the failure that this is.
func replaceProcess() error { return errors.New("Windows") }
