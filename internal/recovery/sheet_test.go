package recovery

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

var sheet = Sheet{Made: time.Date(2026, 11, 5, 9, 30, 0, 0, time.UTC), Place: "/srv/<kehu>", Sections: []Section{
	{Title: "主密钥 Root key", Text: "AAAQ-EAYE-AUDA-OCAJ", Opens: "数据库", Name: "b379179804bdc552"},
	{Title: "恢复身份 Recovery identity", Text: "AGE-SECRET-KEY-1QQQ", Opens: "备份", Name: "age1xyz"}}}

func TestTheSheetHoldsEverySecretTwice(t *testing.T) {
	var text, page bytes.Buffer
	if err := sheet.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if err := sheet.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	for _, s := range sheet.Sections {
		for name, out := range map[string]string{"text": text.String(), "page": page.String()} {
			if !strings.Contains(out, s.Text) || !strings.Contains(out, s.Opens) || !strings.Contains(out, s.Name) ||
				!strings.Contains(out, "2026-11-05") {
				t.Errorf("the %s lacks something of %s", name, s.Title)
			}
		}
	}
	if n := strings.Count(page.String(), "<svg"); n != 2 {
		t.Errorf("%d codes on the page", n)
	}
	if strings.Contains(page.String(), "<kehu>") || strings.Contains(page.String(), "http") {
		t.Error("the page is not escaped, or asks for something from elsewhere")
	}
}

// The three finder patterns stand in their corners, dark on light, within the quiet border.
func TestACodeIsDrawnTheRightWayRound(t *testing.T) {
	rows, err := modules(sheet.Sections[0].Text)
	if err != nil {
		t.Fatal(err)
	}
	last := len(rows) - quiet - 1
	for _, at := range [][2]int{{quiet, quiet}, {quiet, last - 6}, {last - 6, quiet}} {
		for i := range 7 {
			if !rows[at[0]][at[1]+i] || !rows[at[0]+6][at[1]+i] || !rows[at[0]+i][at[1]] || !rows[at[0]+i][at[1]+6] {
				t.Fatalf("no finder pattern at %v", at)
			}
		}
	}
	for i := range rows {
		for j := range quiet {
			if rows[i][j] || rows[j][i] || rows[i][len(rows)-1-j] {
				t.Fatal("the border is not white")
			}
		}
	}
}
