package sheet

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// strictRels is relsNS in ISO strict workbooks.
const strictRels = "http://purl.oclc.org/ooxml/officeDocument/relationships"

func (a *annotation) relationNS() string {
	if a.survey.strict {
		return strictRels
	}
	return relsNS
}

// link writes the small parts that tie the changed ones together. All of it is known before the
// sheet is written, so that every part can stand at its place in the zip.
func (a *annotation) link() error {
	if a.marked && a.styles == "" {
		a.styles = path.Join(path.Dir(a.workbook), "styles.xml")
		if a.has(a.styles) {
			a.styles = a.unused(path.Join(path.Dir(a.workbook), "styles"), ".xml")
		}
		if _, err := a.relate(a.workbook, a.styles, "styles"); err != nil {
			return err
		}
		a.added = append(a.added, a.styles)
	}
	if a.freshNotes {
		if _, err := a.relate(a.sheet, a.comments, "comments"); err != nil {
			return err
		}
		a.added = append(a.added, a.comments)
	}
	if a.freshBoxes {
		id, err := a.relate(a.sheet, a.boxes, "vmlDrawing")
		if err != nil {
			return err
		}
		a.drawing = id
		a.added = append(a.added, a.boxes)
	}
	if err := a.declare(); err != nil {
		return err
	}
	return a.nameFilter()
}

// relate adds a relation to a part and gives its id.
func (a *annotation) relate(from, to, kind string) (string, error) {
	name := relsName(from)
	raw, known := a.changed[partKey(name)]
	if !known && a.has(name) {
		var err error
		if raw, err = a.small(name); err != nil {
			return "", err
		}
	}
	if raw == nil {
		raw = []byte(xmlHead + `<Relationships xmlns="` + packNS + `"></Relationships>`)
		a.added = append(a.added, name)
	}
	o, err := readOutline(raw, 1)
	if err != nil {
		return "", readFault(err)
	}
	taken := map[string]bool{}
	for _, e := range o.root.kids {
		taken[o.attr(e, "Id")] = true
	}
	id := ""
	for i := len(taken) + 1; id == "" || taken[id]; i++ {
		id = "rId" + strconv.Itoa(i)
	}
	line := fmt.Sprintf(`<%sRelationship Id="%s" Type="%s/%s" Target="%s"/>`, o.root.prefix, id,
		a.relationNS(), kind, appendXML(nil, relativePart(from, to)))
	o.grow(o.root, o.tag(o.root), []byte(line))
	a.changed[partKey(name)] = o.bytes()
	return id, nil
}

// declare gives the new parts their content types.
func (a *annotation) declare() error {
	const name = "[Content_Types].xml"
	if len(a.added) == 0 {
		return nil
	}
	o, err := a.outline(name, 1)
	if err != nil {
		return err
	}
	var lines strings.Builder
	defaults := map[string]bool{}
	for _, e := range o.root.all("Default") {
		defaults[strings.ToLower(o.attr(e, "Extension"))] = true
	}
	ensure := func(extension, kind string) {
		if !defaults[extension] {
			fmt.Fprintf(&lines, `<%sDefault Extension="%s" ContentType="%s"/>`,
				o.root.prefix, extension, kind)
		}
	}
	ensure("rels", "application/vnd.openxmlformats-package.relationships+xml")
	if a.freshBoxes {
		ensure("vml", vmlType)
	}
	override := func(part, kind string) {
		if slices.Contains(a.added, part) {
			fmt.Fprintf(&lines, `<%sOverride PartName="/%s" ContentType="%s%s+xml"/>`,
				o.root.prefix, appendXML(nil, part), partPfx, kind)
		}
	}
	override(a.styles, "styles")
	override(a.comments, "comments")
	o.grow(o.root, o.tag(o.root), []byte(lines.String()))
	a.changed[partKey(name)] = o.bytes()
	return nil
}

// workbookOrder is the order of the children of <workbook> (ECMA-376 §18.2.27).
var workbookOrder = []string{"fileVersion", "fileSharing", "workbookPr", "workbookProtection",
	"bookViews", "sheets", "functionGroups", "externalReferences", "definedNames", "calcPr",
	"oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr", "smartTagTypes",
	"webPublishing", "fileRecoveryPr", "webPublishObjects", "extLst"}

// nameFilter keeps the hidden name for the range of a sheet's filter true. Excel makes it by
// itself; LibreOffice shows no filter without it.
func (a *annotation) nameFilter() error {
	if a.filter == nil {
		return nil
	}
	o, err := a.outline(a.workbook, 2)
	if err != nil {
		return err
	}
	area := appendXML(nil, absoluteRange(a.sheetName, a.filter.String()))
	names := o.root.kid("definedNames")
	named := false
	for _, e := range names.all("definedName") {
		if o.attr(e, "name") == "_xlnm._FilterDatabase" && e.end > e.inner &&
			o.attr(e, "localSheetId") == strconv.Itoa(a.sheetIndex) {
			o.replace(e.inner, e.close, area)
			named = true
		}
	}
	if !named {
		prefix := o.root.prefix
		line := fmt.Appendf(nil, `<%sdefinedName name="_xlnm._FilterDatabase" localSheetId="%d"`+
			` hidden="1">%s</%sdefinedName>`, prefix, a.sheetIndex, area, prefix)
		if names != nil {
			o.grow(names, o.tag(names), line)
		} else {
			open, end := withPrefix(prefix, "<definedNames>"), withPrefix(prefix, "</definedNames>")
			o.insertOrdered(workbookOrder, "definedNames", []byte(open+string(line)+end))
		}
	}
	a.changed[partKey(a.workbook)] = o.bytes()
	return nil
}

// sheetTable is a table (Ctrl+T) of the sheet.
type sheetTable struct {
	part string
	area cellRange
	o    *outline
}

func (a *annotation) readTables() ([]sheetTable, error) {
	var list []sheetTable
	for _, r := range a.relations {
		if r.kind != "table" || !a.has(r.target) {
			continue
		}
		o, err := a.outline(r.target, 2)
		if err != nil {
			return nil, err
		}
		area, err := parseRange(o.attr(o.root, "ref"))
		if err != nil {
			return nil, damaged(err)
		}
		list = append(list, sheetTable{part: r.target, area: area, o: o})
	}
	return list, nil
}

// widenTable gives a table one more column for the reasons, when the table has its header in our
// header row, ends right before the column, and nothing else is in the way. Otherwise the reasons
// stand beside the table, without a filter.
func (a *annotation) widenTable(t sheetTable, all []sheetTable) {
	o := t.o
	columns := o.root.kid("tableColumns")
	if !a.fresh || t.area.top != a.headerRow || t.area.right != a.column-1 || columns == nil ||
		o.attr(o.root, "headerRowCount") == "0" || o.attr(o.root, "tableType") != "" {
		return
	}
	wide := t.area
	wide.right++
	for _, other := range all {
		if other.part != t.part && other.area.overlaps(wide) {
			return
		}
	}
	id := 0
	for _, e := range columns.all("tableColumn") {
		id = max(id, intAttr(o.tag(e), "id"))
	}
	count := strconv.Itoa(len(columns.all("tableColumn")) + 1)
	line := fmt.Sprintf(`<%stableColumn id="%d" name="%s"/>`, columns.prefix, id+1, ErrorHeader)
	o.grow(columns, setAttr(o.tag(columns), "count", count), []byte(line))
	o.setTag(o.root, setAttr(o.tag(o.root), "ref", wide.String()))
	if f := o.root.kid("autoFilter"); f != nil {
		if area, err := parseRange(o.attr(f, "ref")); err == nil {
			area.right = wide.right
			o.setTag(f, setAttr(bytes.Clone(o.tag(f)), "ref", area.String()))
		}
	}
	a.changed[partKey(t.part)] = o.bytes()
}
