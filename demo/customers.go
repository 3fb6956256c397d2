package demo

import (
	"fmt"

	"kehu/collections"
	"kehu/internal/places"
)

// enterprise makes up the n-th firm.
func (i *inventor) enterprise(n int) customer {
	p, t := placesOfCustomers[n%len(placesOfCustomers)], pick(i.Rand, trades)
	brand, domain := i.newBrand()
	c := i.organisation(p, domain)
	name := p.city + brand + t.word
	if i.chance(20) {
		name = brand + "（" + p.city + "）" + t.word
	}
	c.values["kind"], c.values["name"] = "enterprise", name+pick(i.Rand, firmForms)
	c.values["short_name"] = brand + t.word
	c.values["uscc"] = i.credit("91", p)
	c.values["ownership"] = pick(i.Rand, []string{"private", "private", "private", "state",
		"foreign", "joint", "hmt"})
	c.values["industry"], c.values["main_business"] = t.industry, t.business
	c.values["headcount"] = pick(i.Rand, []string{"lt50", "50_200", "50_200", "200_1000", "gt1000"})
	c.values["revenue"] = pick(i.Rand, []string{"lt5m", "5m_20m", "20m_100m", "gt100m"})
	c.values["registered_capital"] = 1e4 * pick(i.Rand, []float64{50, 100, 200, 500, 1000, 5000})
	c.values["founded"] = i.day(365*2 + i.IntN(365*20))
	c.values["legal_representative"] = i.person()
	c.values["influence"] = pick(i.Rand, []string{"high", "medium", "medium", "low"})
	c.values["growth"] = pick(i.Rand, []string{"high", "medium", "low"})
	return c
}

// institution makes up a school, hospital, library …
func (i *inventor) institution() customer {
	p, t := pick(i.Rand, placesOfCustomers), pick(i.Rand, institutionKinds)
	brand, domain := i.newBrand()
	c := i.organisation(p, domain)
	c.values["kind"], c.values["name"] = "institution", p.city+brand+t.word
	c.values["uscc"] = i.credit("12", p)
	c.values["industry"], c.values["main_business"] = t.industry, t.business
	c.values["headcount"] = pick(i.Rand, []string{"50_200", "200_1000"})
	return c
}

// organisation is what firms and institutions have in common.
func (i *inventor) organisation(p place, domain string) customer {
	c := i.anyone(p)
	c.values["registered_address"] = i.address(p)
	if i.chance(60) {
		c.values["business_address"] = i.address(p)
	}
	c.values["landline"] = i.landline(p)
	c.values["email"] = "info@" + domain
	c.values["current_need"] = pick(i.Rand, currentNeeds)
	c.values["pain_points"] = pick(i.Rand, painPoints)
	c.values["budget"] = pick(i.Rand, budgets)
	c.values["competitors"] = pick(i.Rand, competitors)
	c.values["demand_types"] = pick(i.Rand, [][]string{{"purchase"}, {"purchase", "after_sales"},
		{"consulting"}, {"custom", "support"}})
	for n := range 1 + i.IntN(2) {
		c.contacts = append(c.contacts, i.contact(n == 0, domain))
	}
	return c
}

func (i *inventor) contact(primary bool, domain string) map[string]any {
	v := map[string]any{"name": i.person(), "title": pick(i.Rand, jobTitles), "mobile": i.mobile(),
		"primary":       primary,
		"decision_role": pick(i.Rand, []string{"decider", "influencer", "user", "purchaser"}),
		"authority":     pick(i.Rand, []string{"info", "order", "sign"})}
	if i.chance(40) {
		v["email"] = fmt.Sprintf("c%d@%s", i.phone, domain)
	}
	return v
}

// individual makes up the n-th person; the first few gave their certificate number with consent.
func (i *inventor) individual(n int) customer {
	p := pick(i.Rand, placesOfCustomers)
	c := i.anyone(p)
	male := i.chance(50)
	c.values["kind"], c.values["name"] = "individual", i.person()
	c.values["gender"] = map[bool]string{true: "male", false: "female"}[male]
	c.values["mobile"] = i.mobile()
	c.values["business_address"] = i.address(p)
	c.values["current_need"] = pick(i.Rand, homeNeeds)
	c.values["demand_types"] = pick(i.Rand, [][]string{{"purchase"}, {"after_sales"}})
	if i.chance(40) {
		c.values["email"] = fmt.Sprintf("kehu.demo.%04d@163.com", i.phone)
	}
	purposes := []string{"service"}
	if i.chance(60) {
		purposes = append(purposes, "marketing")
	}
	if n < certificates {
		i.paper++
		c.certNo = residentNumber(p.code, i.paper, male)
		purposes = append(purposes, "sensitive_id")
	}
	c.consents = []map[string]any{{"purposes": purposes, "method": "electronic",
		"statement_version": "2025-01", "granted": i.day(30 + i.IntN(600))}}
	return c
}

// anyone is what every customer has: owner, where it came from, tags.
func (i *inventor) anyone(p place) customer {
	owner := i.salesOf(p)
	tags := []string{}
	for _, n := range i.Perm(len(collections.SystemTags))[:1+i.IntN(3)] {
		tags = append(tags, collections.SystemTags[n])
	}
	i.paper++
	return customer{place: p, values: map[string]any{
		"owner": owner.email(), "source_person": owner.name, "tags": tags,
		"channel": pick(i.Rand, []string{"website", "wechat", "exhibition", "exhibition",
			"referral", "referral", "visit", "online", "partner", "service"}),
		"service_level": pick(i.Rand, []string{"标准", "标准", "优先", ""}),
		"paper_ref":     fmt.Sprintf("D-%04d", i.paper),
	}}
}

// address is a whole address, as the register wants it.
func (i *inventor) address(p place) string {
	return places.FullName(p.code) + i.street()
}

func (i *inventor) street() string {
	return fmt.Sprintf("%s%d号", pick(i.Rand, roads), 1+i.IntN(300))
}
