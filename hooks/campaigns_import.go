package hooks

import (
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/fields"
)

// Faults of an import into a campaign.
var (
	ErrCampaignNeeded = fault.Define("campaign_needed", "市场人员只能导入到自己的活动，请选择活动",
		"Marketing imports into its own campaigns only, choose the campaign")
	ErrCampaignUnknown = fault.Define("campaign_unknown", "没有这次活动，或不由您负责",
		"There is no such campaign, or it is not yours")
	ErrCampaignRows   = fault.Define("campaign_rows", "活动里只能导入客户", "Only customers are imported into a campaign")
	ErrColumnNotYours = fault.Define("column_not_yours", "您的角色不录入「{field}」，这一列没有导入",
		"Your role does not enter {field}: the column was not imported")
)

// intoCampaign checks the campaign of an import's options. Marketing imports into its own, as drafts of
// its own; managers into their departments', data administrators into any.
func (h *House) intoCampaign(reader collections.Reader, collection string, o *importOptions) error {
	if reader.Role == "marketing" {
		o.Owner, o.Department = reader.ID, ""
		if o.Campaign == "" {
			return ErrCampaignNeeded
		}
	}
	if o.Campaign == "" {
		return nil
	}
	if collection != "customers" {
		return ErrCampaignRows
	}
	c, err := collections.ReadCampaign(collections.Through(h.app.DB()), o.Campaign)
	if err != nil {
		return err
	}
	if c == nil || !keepsCampaign(reader, c) {
		return ErrCampaignUnknown
	}
	return nil
}

// keepsCampaign tells whose campaigns somebody works with.
func keepsCampaign(reader collections.Reader, c *collections.Campaign) bool {
	return reader.Role == "data_admin" || c.Owner == reader.ID && reader.ID != "" ||
		reader.Role == "manager" && contains(reader.Departments, c.Department)
}

// may asks once more, when rows are read: the importer's role and the campaign may have changed since the
// upload.
func (run *importRun) may() error {
	if !mayImport(run.reader) {
		return ErrForbidden
	}
	return run.intoCampaign(run.reader, run.plan.collection, &run.plan.options)
}

// notMarketings are the columns of a workbook that marketing does not enter: numbers of class S, what was
// bought and paid, and who owns the customer.
func notMarketings(column string) bool {
	collection, key := "customers", column
	if parts := strings.Split(column, "."); len(parts) > 1 {
		collection, key = parts[0], parts[len(parts)-1]
	}
	f, ok := fields.Get(collection, key)
	return ok && (collection == "contracts" || f.Class == fields.Sensitive || f.Class == fields.Financial ||
		f.Key == "owner" && collection == "customers")
}

// campaignImported closes a campaign that is over once leads of it have come, in the transaction in which
// its import ends or a row of it is mended.
func (h *House) campaignImported(tx core.App, record *core.Record, customers int) error {
	id := collections.ImportCampaign(record.GetString("options"))
	if id == "" || customers == 0 || record.GetString("collection") != "customers" {
		return nil
	}
	by, _, err := h.importer(record)
	if err != nil {
		return err
	}
	campaign, err := tx.FindRecordById("campaigns", id)
	if err != nil || campaign.GetString("state") == "entered" ||
		campaign.GetString("ends") > h.now().Format(time.DateOnly) {
		return nil // there is more to come
	}
	return h.closeCampaign(tx, campaign, by, "entered", "")
}

// campaignTakenBack opens a campaign again whose leads were all taken back.
func (h *House) campaignTakenBack(tx core.App, record *core.Record, by actor) error {
	id := collections.ImportCampaign(record.GetString("options"))
	if id == "" {
		return nil
	}
	campaign, err := tx.FindRecordById("campaigns", id)
	if err != nil || campaign.GetString("state") != "entered" {
		return nil
	}
	left, err := collections.HasCampaignCustomers(collections.Through(tx.DB()), id)
	if err != nil || left {
		return err
	}
	for _, key := range campaignKept[2:] {
		campaign.Set(key, "")
	}
	campaign.Set("state", "open")
	campaign.SetRaw(carriedKey, &entry{actor: by})
	return tx.Save(campaign)
}

// closeCampaign says how a campaign came out; its task ends with the save.
func (h *House) closeCampaign(tx core.App, campaign *core.Record, by actor, outcome, reason string) error {
	campaign.Set("state", outcome)
	campaign.Set("reason", reason)
	campaign.Set("closed", h.now().UTC())
	campaign.Set("closed_by", by.ID)
	campaign.Set("closed_by_name", by.Name)
	campaign.SetRaw(carriedKey, &entry{actor: by})
	return tx.Save(campaign)
}
