package register

import (
	"slices"
	"strings"

	"kehu/internal/fields"
	"kehu/internal/policy"
)

// Missing lists the required values that a customer of its kind and stage still lacks (R1.7,
// R3.11), as "field" or "collection.field". belongings are its contacts, contracts … as far as
// the policy asks for them. Of alternatives that are all absent the first one is named.
func Missing(customer Values, belongings map[string][]Values, set *policy.Set) []string {
	missing := []string{}
	stage := customer.Text("stage")
	if stage == "" {
		stage = "potential"
	}
	for _, alternatives := range set.Required.Of(customer.Text("kind"), stage) {
		paths := strings.Split(alternatives, "|")
		present := slices.ContainsFunc(paths, func(path string) bool {
			return !set.Collects(path) || has(customer, belongings, path)
		})
		if !present && !slices.Contains(missing, paths[0]) {
			missing = append(missing, paths[0])
		}
	}
	if coarse(customer) {
		missing = append(missing, "division")
	}
	return missing
}

func has(customer Values, belongings map[string][]Values, path string) bool {
	collection, key := fields.Split(path)
	if collection == "customers" {
		return !isZero(customer[key])
	}
	return slices.ContainsFunc(belongings[collection], func(v Values) bool {
		return !isZero(v[key])
	})
}

// coarse: an address stands there and its district is not known (R3.6).
func coarse(customer Values) bool {
	address := customer.Text("business_address") + customer.Text("registered_address")
	return address != "" && !precise(customer.Text("division"))
}
