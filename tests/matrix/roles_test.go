// Package matrix asks the running register, as every role and by every way out, for every field of
// every collection, and holds the answers against roles.md as it is written here: nothing of this
// package comes from the product's own matrix.
package matrix

import (
	"strings"
	"testing"

	"kehu/internal/fields"
	"kehu/tests"
)

// rolesMD is roles.md's table of rows and classes: P plain, m masked, - absent, for B C S F N.
var rolesMD = map[string]string{
	"sales": "PPmPP", "service": "Pm--P", "marketing": "Pm---", "finance": "Pm-P-",
	"manager": "PPmPP", "executive": "PmmPP", "data_admin": "PPmPP", "superuser": "PPmPP",
}

const classes = "BCSFN"

// reads is P, m or - for a role and a class.
func reads(role string, class byte) byte { return rolesMD[role][strings.IndexByte(classes, class)] }

// dataMD are the fields of data.md by collection and class. Those that the product keeps for itself
// stand under H: nobody but a superuser is sent them.
var dataMD = map[string]string{
	"customers": `B: number kind name short_name uscc legacy_reg_no exceptions legal_representative
		ownership industry headcount revenue division macro_region founded registered_capital gender
		cert_type email_personal main_business products purchased service_level influence growth
		relationship channel source_person stage intention demand_types purchase_cycle tags tier
		tier_rule stage_dates label value_level last_contact verified owner department parent paper_ref
		status missing campaign
		C: registered_address business_address mobile landline email originals S: cert_no bank_account
		F: tier_reason first_deal last_deal total_amount annual_amount
		N: current_need potential_need pain_points budget competitors service_need preferences
		satisfaction H: has_deal doc marketable`,
	"contacts": `C: name mobile landline email wechat B: customer title email_personal primary
		authority N: decision_role note`,
	"followups": `N: customer date staff method summary question solution feedback next_step
		next_date files`,
	"contracts": `B: customer number title signed starts ends state F: amount file`,
	"orders":    `B: customer number date product contract state opening since F: amount note`,
	"tickets": `N: customer number kind subject body resolution state opened closed satisfaction
		assignee`,
	"attachments": `C: customer title paper_ref contact category file`,
	"consents":    `B: customer purposes statement_version method evidence granted withdrawn`,
	"tasks": `B: kind customer assignee title due state done_by done_at subject_collection
		subject_id provisional N: note H: key`,
	"approvals": `B: kind customer number department subject_collection subject_id payload files
		attachments checked_against compliance reason confirmed_with requested_by requested_by_name
		requested occurred state decider_role decided_by decided_by_name decided note single due
		provisional escalated H: requester persons`,
	"changes": `B: customer collection record field class old new by by_name approved_by
		approved_by_name reason at via`,
	"audit_log": `B: seq at actor actor_name actor_kind role ip remote action collection record detail
		prev hash`,
	"calendar_days": `B: date kind name`,
	"staff":         `B: email emailVisibility verified name role department active H: password tokenKey`,
	"departments":   `B: name parent manager H: path`,
	"tags":          `B: name system colour`,
	"industries":    `B: name parent level`,
	"divisions":     `B: name parent level`,
	"policies":      `B: key value note`,
	"imports": `B: file_name hash collection state mapping options counts preview error note
		total started finished by by_name department H: file next_row`,
	"import_rows": `B: import row outcome record errors raw decision stamp H: before`,
	"exports": `B: collection format filter columns reason state rows error expires by by_name
		approval H: file role`,
	"merges": `B: kept merged numbers choices reason by by_name department undone undone_by
		undone_by_name left H: snapshot sealed seq`,
	"archives": `B: number name kind archived archived_by archived_by_name approved_by approved_by_name
		retain_until hold_reason hold_until owner department last_contact state counts restored
		restored_by restored_by_name purged purged_by purged_by_name certificate
		C: reason restore_reason H: customer snapshot has_deal marketable`,
	"handovers": `B: from to customers tasks requests by by_name department at undone undone_by
		undone_by_name`,
	"campaigns": `B: name kind place owner department starts ends state reason closed closed_by closed_by_name`,
	"jobs_log":  `B: job slot state attempts started finished duration result error H: holder`,
	"backups_log": `B: name kind at size sha256 location state verified_at duration places counts
		error by by_name`,
	"duplicate_pairs": `B: a b score reasons state level reason decided decided_name decided_by confirmed_reason confirmed_by
		H: print`,
}

// classMD is the class of a field by dataMD, 0 where it is not there.
func classMD(collection, field string) byte {
	class := byte(0)
	for _, word := range strings.Fields(dataMD[collection]) {
		if len(word) == 2 && word[1] == ':' {
			class = word[0]
		} else if word == field {
			return class
		}
	}
	return 0
}

// rowsMD says who sees records of a collection that belong to a customer whom every role sees, and
// of the others, whoever is named: "own" are the record's own person and data administrators.
var rowsMD = map[string]string{
	"customers": "all", "contacts": "all", "consents": "all",
	"followups": "sales service manager executive data_admin superuser",
	"tickets":   "sales service manager executive data_admin superuser",
	"contracts": "sales finance manager executive data_admin superuser",
	"orders":    "sales finance manager executive data_admin superuser",
	// of an individual: files cannot be masked, and papers of persons are for manager and above
	"attachments": "manager data_admin superuser",
	"tasks":       "service data_admin superuser", // the planted one is assigned to service
	"staff":       "all", "departments": "all", "tags": "all", "industries": "all", "divisions": "all",
	"policies": "data_admin superuser", // the planted one is the matrix
	"imports":  "manager data_admin superuser", "import_rows": "manager data_admin superuser",
	"exports":  "manager data_admin superuser",
	"merges":   "manager data_admin superuser", // the planted one is of the manager's department
	"archives": "all",                          // the planted one is of the customer that every role sees
	// the planted one is the marketing member's own
	"campaigns": "all",
	"jobs_log":  "data_admin superuser", "backups_log": "data_admin superuser",
	"handovers": "manager data_admin superuser",
	// the planted one is about the customer of sales
	"approvals": "sales manager data_admin superuser", "calendar_days": "all",
	// the planted change is of a mobile
	"changes": "sales manager data_admin superuser", "audit_log": "executive data_admin superuser",
	"duplicate_pairs": "superuser",
}

func seesMD(role, collection string) bool {
	rows := " " + rowsMD[collection] + " "
	return rows == " all " || strings.Contains(rows, " "+role+" ")
}

// filesMD says who downloads what (decisions.md, Files).
var filesMD = map[string]string{
	"attachments": "manager data_admin superuser",
	"followups":   "sales manager data_admin superuser",
	"contracts":   "sales finance manager data_admin superuser",
	"consents":    "manager data_admin superuser",
}

// Every field of every collection has its row here, so that a new one is decided about before it
// is shipped.
func TestEveryFieldHasItsRow(t *testing.T) {
	h := tests.Start(t)
	all, err := h.App.FindAllCollections()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.System {
			continue
		}
		if dataMD[c.Name] == "" || rowsMD[c.Name] == "" {
			t.Errorf("the collection %s has no row in dataMD and rowsMD: who may read it?", c.Name)
			continue
		}
		known := map[string]bool{"id": true, "created": true, "updated": true}
		for _, f := range c.Fields {
			known[f.GetName()] = true
			class := classMD(c.Name, f.GetName())
			switch {
			case f.GetName() == "id" || f.GetName() == "created" || f.GetName() == "updated":
			case class == 0:
				t.Errorf("%s.%s has no row in dataMD: of which class is it?", c.Name, f.GetName())
			case (class == 'H') != f.GetHidden():
				t.Errorf("%s.%s is hidden: %v", c.Name, f.GetName(), f.GetHidden())
			}
		}
		for _, word := range strings.Fields(dataMD[c.Name]) {
			if !strings.HasSuffix(word, ":") && !known[word] {
				t.Errorf("%s has no field %s", c.Name, word)
			}
		}
	}
	for _, f := range fields.All() {
		if class := classMD(f.Collection, f.Key); class != 'H' && class != f.Class[0] {
			t.Errorf("%s.%s is of class %c here, %s in the table", f.Collection, f.Key, class, f.Class)
		}
	}
}
