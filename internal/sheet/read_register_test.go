package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
)

const benchColumns = 20

// registerBook is a register as Excel saves it: half of the columns shared strings, a quarter
// numbers, the others dates, inline texts and gaps.
func registerBook(count int) []byte {
	var rows, texts strings.Builder
	next := 0
	for r := 1; r <= count; r++ {
		fmt.Fprintf(&rows, `<row r="%d" spans="1:20">`, r)
		for c := range benchColumns {
			ref := CellName(c, r)
			switch {
			case c < 10:
				fmt.Fprintf(&rows, `<c r="%s" s="0" t="s"><v>%d</v></c>`, ref, next)
				fmt.Fprintf(&texts, `<si><t>上海%d贸易有限公司%d</t></si>`, r, c)
				next++
			case c < 15:
				fmt.Fprintf(&rows, `<c r="%s"><v>%d</v></c>`, ref, 13800000000+r*7+c)
			case c < 17:
				fmt.Fprintf(&rows, `<c r="%s" s="1"><v>%d</v></c>`, ref, 40000+r%5000)
			case c < 18:
				fmt.Fprintf(&rows, `<c r="%s" t="inlineStr"><is><t>备注 %d</t></is></c>`, ref, r)
			case c < 19:
				fmt.Fprintf(&rows, `<c r="%s" s="0"/>`, ref)
			default:
				fmt.Fprintf(&rows, `<c r="%s" s="5"><v>%d.25</v></c>`, ref, r)
			}
		}
		rows.WriteString("</row>")
	}
	return zipPartsPlain(testBook(testSheet(rows.String()), testPart{"xl/sharedStrings.xml",
		testXML + `<sst ` + testMain + `>` + texts.String() + `</sst>`}))
}

func zipPartsPlain(parts []testPart) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range parts {
		w, err := z.Create(p.name)
		if err != nil {
			panic(err)
		}
		if _, err := io.WriteString(w, p.content); err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}
