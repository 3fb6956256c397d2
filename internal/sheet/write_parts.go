package sheet

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainNS  = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relsNS  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packNS  = "http://schemas.openxmlformats.org/package/2006/relationships"
	typesNS = "http://schemas.openxmlformats.org/package/2006/content-types"
	partPfx = "application/vnd.openxmlformats-officedocument.spreadsheetml."
	vmlType = "application/vnd.openxmlformats-officedocument.vmlDrawing"
)

// wrongRGB is the red of a wrong cell. It is one step beside the FFC7CE of Excel's own style
// "bad", so that a fill of this colour is known to be ours when the file comes back.
const wrongRGB = "FFFFC7CD"

const rootRels = xmlHead + `<Relationships xmlns="` + packNS + `"><Relationship Id="rId1" Type="` +
	relsNS + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`

// writeStyles is the styles part of our own workbooks; the constants style… are indexes into its
// cellXfs.
const writeStyles = xmlHead + `<styleSheet xmlns="` + mainNS + `">` +
	`<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/>` +
	`<numFmt numFmtId="165" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts>` +
	`<fonts count="4"><font><sz val="11"/><name val="等线"/><family val="2"/></font>` +
	`<font><b/><sz val="11"/><name val="等线"/><family val="2"/></font>` +
	`<font><b/><sz val="16"/><name val="等线"/><family val="2"/></font>` +
	`<font><sz val="11"/><color rgb="` + noteRGB + `"/><name val="等线"/><family val="2"/></font>` +
	`</fonts><fills count="4"><fill><patternFill patternType="none"/></fill>` +
	`<fill><patternFill patternType="gray125"/></fill>` +
	`<fill><patternFill patternType="solid"><fgColor rgb="FFDDEBF7"/><bgColor indexed="64"/>` +
	`</patternFill></fill>` +
	`<fill><patternFill patternType="solid"><fgColor rgb="` + wrongRGB + `"/>` +
	`<bgColor indexed="64"/></patternFill></fill></fills>` +
	`<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>` +
	`<border><left/><right/><top/><bottom style="thin"><color rgb="FF9BC2E6"/></bottom>` +
	`<diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0"` +
	` borderId="0"/></cellStyleXfs><cellXfs count="14">` +
	`<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
	`<xf numFmtId="49" fontId="1" fillId="2" borderId="1" xfId="0" applyNumberFormat="1"` +
	` applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1">` +
	`<alignment vertical="center" wrapText="1"/></xf>` +
	`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"` +
	` quotePrefix="1"/>` +
	`<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
	`<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="49" fontId="2" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"` +
	` applyFont="1"/>` +
	`<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"` +
	` applyFont="1" applyAlignment="1"><alignment vertical="top"/></xf>` +
	`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"` +
	` applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>` +
	`<xf numFmtId="49" fontId="0" fillId="3" borderId="0" xfId="0" applyNumberFormat="1"` +
	` applyFill="1"/>` +
	`<xf numFmtId="49" fontId="1" fillId="3" borderId="1" xfId="0" applyNumberFormat="1"` +
	` applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1">` +
	`<alignment vertical="center" wrapText="1"/></xf>` +
	`<xf numFmtId="49" fontId="3" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"` +
	` applyFont="1"/></cellXfs>` +
	`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>` +
	`</styleSheet>`

// writtenSheet is what the closing parts of a workbook must know of a sheet.
type writtenSheet struct {
	name   string
	filter string // A1:J200, or empty
	noted  bool
}

func workbookXML(sheets []writtenSheet) string {
	var list, names strings.Builder
	for i, s := range sheets {
		name := string(appendXML(nil, s.name))
		fmt.Fprintf(&list, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, name, i+1, i+1)
		if s.filter != "" {
			fmt.Fprintf(&names, `<definedName name="_xlnm._FilterDatabase" localSheetId="%d"`+
				` hidden="1">%s</definedName>`, i, appendXML(nil, absoluteRange(s.name, s.filter)))
		}
	}
	defined := ""
	if names.Len() > 0 {
		defined = "<definedNames>" + names.String() + "</definedNames>"
	}
	return xmlHead + `<workbook xmlns="` + mainNS + `" xmlns:r="` + relsNS + `"><sheets>` +
		list.String() + `</sheets>` + defined + `</workbook>`
}

// absoluteRange writes a range as a defined name holds it: 'Sheet 1'!$A$1:$J$20.
func absoluteRange(sheet, ref string) string {
	from, to, _ := strings.Cut(ref, ":")
	if to == "" {
		to = from
	}
	return "'" + strings.ReplaceAll(sheet, "'", "''") + "'!" + absoluteCell(from) + ":" +
		absoluteCell(to)
}

func absoluteCell(ref string) string {
	digits := strings.IndexAny(ref, "0123456789")
	if digits < 0 {
		return ref
	}
	return "$" + ref[:digits] + "$" + ref[digits:]
}

func workbookRels(sheets int) string {
	var b strings.Builder
	b.WriteString(xmlHead + `<Relationships xmlns="` + packNS + `">`)
	for i := range sheets {
		fmt.Fprintf(&b, `<Relationship Id="rId%d" Type="%s/worksheet"`+
			` Target="worksheets/sheet%d.xml"/>`, i+1, relsNS, i+1)
	}
	fmt.Fprintf(&b, `<Relationship Id="rId%d" Type="%s/styles" Target="styles.xml"/>`,
		sheets+1, relsNS)
	b.WriteString(`</Relationships>`)
	return b.String()
}

func contentTypes(sheets []writtenSheet) string {
	var b strings.Builder
	b.WriteString(xmlHead + `<Types xmlns="` + typesNS + `">` +
		`<Default Extension="rels" ` +
		`ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Default Extension="vml" ContentType="` + vmlType + `"/>`)
	override := func(part, kind string) {
		b.WriteString(`<Override PartName="/xl/` + part + `" ContentType="` + partPfx + kind +
			`+xml"/>`)
	}
	override("workbook.xml", "sheet.main")
	override("styles.xml", "styles")
	for i, s := range sheets {
		override("worksheets/sheet"+strconv.Itoa(i+1)+".xml", "worksheet")
		if s.noted {
			override("comments"+strconv.Itoa(i+1)+".xml", "comments")
		}
	}
	b.WriteString(`</Types>`)
	return b.String()
}

func notedSheetRels(sheet int) string {
	return fmt.Sprintf(xmlHead+`<Relationships xmlns="%s">`+
		`<Relationship Id="rId1" Type="%s/vmlDrawing" Target="../drawings/vmlDrawing%d.vml"/>`+
		`<Relationship Id="rId2" Type="%s/comments" Target="../comments%d.xml"/></Relationships>`,
		packNS, relsNS, sheet, relsNS, sheet)
}
