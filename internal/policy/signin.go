package policy

import (
	"slices"
)

// Demand says whether a role must give a second factor when signing in.
type Demand string

// The two answers. A member who has set one up is always asked for it.
const (
	FactorOptional Demand = "optional"
	FactorRequired Demand = "required"
)

// OwnerRole stands for the system's owners where the roles of staff are listed.
const OwnerRole = "owner"

var signInRoles = []string{"sales", "service", "marketing", "finance", "manager", "executive",
	"data_admin", OwnerRole}

// SignIn is how members and owners sign in.
type SignIn struct {
	SecondFactor   map[string]Demand `json:"second_factor"` // role or "owner" → demand
	MailCode       bool              `json:"mail_code"`     // a code by mail will do where no app is set up
	ProviderFactor bool              `json:"provider_factor"`
	Lockout        Lockout           `json:"lockout"`
	SessionHours   int               `json:"session_hours"`
	LinkHours      int               `json:"link_hours"` // how long a one-time link is good
}

// Lockout is how failed tries close an account and an address. The n-th failure in a row closes an
// account for FirstMinutes, each one after it for twice as long, up to MaxMinutes.
type Lockout struct {
	Failures        int `json:"failures"`
	AddressFailures int `json:"address_failures"`
	FirstMinutes    int `json:"first_minutes"`
	MaxMinutes      int `json:"max_minutes"`
}

// Asks tells whether a role must have a second factor.
func (s SignIn) Asks(role string) bool { return s.SecondFactor[role] == FactorRequired }

func defaultSignIn() SignIn {
	s := SignIn{SecondFactor: map[string]Demand{}, MailCode: true,
		Lockout:      Lockout{Failures: 5, AddressFailures: 50, FirstMinutes: 1, MaxMinutes: 60},
		SessionHours: 8, LinkHours: 24}
	for _, role := range signInRoles {
		s.SecondFactor[role] = FactorOptional
	}
	return s
}

func (s SignIn) check() error {
	for role, demand := range s.SecondFactor {
		if !slices.Contains(signInRoles, role) {
			return because("双重验证：没有名为“%s”的角色", "second_factor: role %q is not known", role)
		}
		if demand != FactorOptional && demand != FactorRequired {
			return because("双重验证“%s”须为 optional 或 required",
				"second_factor: %q is not optional or required", demand)
		}
	}
	for _, bound := range []struct {
		name         string
		n, low, high int
	}{
		{"session_hours", s.SessionHours, 1, 24}, {"link_hours", s.LinkHours, 1, 168},
		{"lockout.failures", s.Lockout.Failures, 3, 10},
		{"lockout.address_failures", s.Lockout.AddressFailures, 10, 1000},
		{"lockout.first_minutes", s.Lockout.FirstMinutes, 1, 60},
		{"lockout.max_minutes", s.Lockout.MaxMinutes, s.Lockout.FirstMinutes, 24 * 60},
	} {
		if bound.n < bound.low || bound.n > bound.high {
			return beyond("signin."+bound.name, bound.n, bound.low, bound.high)
		}
	}
	return nil
}
