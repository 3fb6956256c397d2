package commands

import (
	"context"
	"fmt"
	"os"

	"kehu/internal/fault"
)

// ErrStartAgain: the program could not start itself anew. A service is started again by its manager,
// which sees that it failed.
var ErrStartAgain = fault.Define("start_again",
	"备份已检查完毕，下次启动时恢复，但程序无法自行重新启动（{why}）；请重新启动程序",
	"The backup is checked and comes back with the next start, but the program cannot start itself anew ({why}): "+
		"start it again")

// startAgain asks for a stop and a new start, as a restore needs it.
func (s *server) startAgain() error {
	select {
	case s.again <- true:
	default: // it was asked for already
	}
	return nil
}

// anew ends the register, requests and jobs to their end, and starts the program in its place, unless
// it was told to stop meanwhile.
func (s *server) anew(ctx context.Context) error {
	if err := s.stop(); err != nil { // what must be kept is kept: the start comes all the same
		fmt.Fprintln(os.Stderr, err)
	}
	if ctx.Err() != nil {
		return nil
	}
	if err := replaceProcess(); err != nil {
		return ErrStartAgain.With("why", err).Because(err)
	}
	return nil
}
