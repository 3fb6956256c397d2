package hooks_test

import (
	"kehu/backups"
	"kehu/hooks"
)

type hooksOptions = hooks.Options

func removeIdentity(keys string) error { return backups.RemoveIdentity(keys, backups.RecoveryRole) }
