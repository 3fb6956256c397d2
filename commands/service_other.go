//go:build !linux && !windows

package commands

import "context"

// definition is what --print shows: the unit of another machine.
func (s service) definition() string { return s.unit() }

func (s service) checked() error { return s.check() }

func installService(context.Context, service) error { return ErrServiceHere }

func removeService(context.Context, string) error { return ErrServiceHere }

func tellManager(string) error { return nil }

func underManager(run func(context.Context) int) int { return run(context.Background()) }
