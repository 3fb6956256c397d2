package sheet

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

// maxInlineList is the longest list that a drop-down can hold itself, in UTF-16 code units, the
// commas included (Excel; ECMA-376 §18.3.1.33 leaves it open).
const maxInlineList = 255

// templateRows is the last row that drop-downs reach.
const templateRows = MaxSheetRows

// WriteTemplate writes an import template: the sheets to fill in with notes, drop-downs, formats
// that keep long numbers and two grey example rows, then the guide, and a hidden sheet with the
// long lists. A template is small, so it is built in memory; nothing is written to disk.
func WriteTemplate(w io.Writer, t TemplateSpec) error {
	b := &templateBook{f: excelize.NewFile()}
	defer b.f.Close()
	b.formats()
	for i, s := range t.sheets() {
		if len(s.Fields) == 0 {
			return fmt.Errorf("sheet: the template sheet %q has no fields", s.Name)
		}
		if i == 0 {
			b.try(b.f.SetSheetName("Sheet1", s.Name))
		} else {
			b.newSheet(s.Name)
		}
		b.fill(s)
	}
	b.guide(t)
	if b.lists > 0 {
		b.try(b.f.SetSheetVisible(OptionsSheet, false))
	}
	b.f.SetActiveSheet(0)
	if b.err != nil {
		return b.err
	}
	return b.f.Write(w)
}

// templateBook builds a template; the first error stays.
type templateBook struct {
	f                            *excelize.File
	head, required, text, date   int
	number, money, title, label  int
	grey, greyDate, greyNum, cur int
	lists                        int // columns of the hidden sheet
	err                          error
}

func (b *templateBook) try(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *templateBook) newSheet(name string) {
	_, err := b.f.NewSheet(name)
	b.try(err)
}

func (b *templateBook) style(s excelize.Style) int {
	id, err := b.f.NewStyle(&s)
	b.try(err)
	return id
}

func (b *templateBook) formats() {
	fill := func(colour string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
	}
	middle := &excelize.Alignment{Vertical: "center", Horizontal: "center", WrapText: true}
	line := []excelize.Border{{Type: "bottom", Color: "9BC2E6", Style: 1}}
	day := `yyyy\-mm\-dd`
	grey := &excelize.Font{Italic: true, Color: "808080"}
	const asText, asMoney = 49, 4
	b.head = b.style(excelize.Style{Font: &excelize.Font{Bold: true}, Fill: fill("DDEBF7"),
		Alignment: middle, Border: line, NumFmt: asText})
	b.required = b.style(excelize.Style{Font: &excelize.Font{Bold: true, Color: "C00000"},
		Fill: fill("FFF2CC"), Alignment: middle, Border: line, NumFmt: asText})
	b.text = b.style(excelize.Style{NumFmt: asText})
	b.date = b.style(excelize.Style{CustomNumFmt: &day})
	b.number = b.style(excelize.Style{})
	b.money = b.style(excelize.Style{NumFmt: asMoney})
	b.title = b.style(excelize.Style{Font: &excelize.Font{Bold: true, Size: 16}})
	b.label = b.style(excelize.Style{NumFmt: asText,
		Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	b.grey = b.style(excelize.Style{Font: grey, NumFmt: asText})
	b.greyDate = b.style(excelize.Style{Font: grey, CustomNumFmt: &day})
	b.greyNum = b.style(excelize.Style{Font: grey})
	b.cur = b.style(excelize.Style{Font: grey, NumFmt: asMoney})
}

// columnStyles gives the format of a column and that of its examples.
func (b *templateBook) columnStyles(kind ColumnKind) (plain, grey int) {
	switch kind {
	case AsNumber:
		return b.number, b.greyNum
	case AsMoney:
		return b.money, b.cur
	case AsDate:
		return b.date, b.greyDate
	}
	return b.text, b.grey
}

func (b *templateBook) fill(s TemplateSheet) {
	for i, f := range s.Fields {
		b.column(s.Name, i, f)
	}
	for which := range 2 {
		for i, value := range example(s.Fields, which) {
			_, grey := b.columnStyles(s.Fields[i].Kind)
			b.cell(s.Name, cellRef(i, which+2), value, s.Fields[i].Kind, grey)
		}
	}
	b.try(b.f.SetRowHeight(s.Name, 1, 30))
	b.try(b.f.SetPanes(s.Name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2",
		ActivePane: "bottomLeft"}))
}

// column writes the header of a field with its note, the format of the column and the drop-down.
func (b *templateBook) column(sheet string, i int, f TemplateField) {
	letters := columnLetters(i)
	plain, _ := b.columnStyles(f.Kind)
	b.try(b.f.SetColStyle(sheet, letters, plain))
	width := columnWidth(Column{Header: f.header(), Width: f.Width})
	b.try(b.f.SetColWidth(sheet, letters, letters, width))
	head := b.head
	if f.Required {
		head = b.required
	}
	b.cell(sheet, letters+"1", f.header(), AsText, head)
	if note := f.note(); note != "" {
		b.try(b.f.AddComment(sheet, excelize.Comment{Cell: letters + "1", Author: headerAuthor,
			Paragraph: []excelize.RichTextRun{{Text: note}}, Width: 240, Height: 110}))
	}
	if len(f.Options) > 0 {
		b.dropDown(sheet, letters, f)
	}
}

// note is the comment of a header: what to write, and an example.
func (f TemplateField) note() string {
	lines := []string{f.format()}
	if f.Required {
		lines[0] = "必填。" + lines[0]
	}
	if f.Note != "" {
		lines = append(lines, f.Note)
	}
	if f.Example[0] != "" {
		lines = append(lines, "例："+f.Example[0])
	}
	return strings.Join(lines, "\n")
}

func (b *templateBook) cell(sheet, ref, value string, kind ColumnKind, style int) {
	var written any = value
	switch {
	case value == "":
		written = nil
	case (kind == AsNumber || kind == AsMoney) && exactNumber(value):
		written, _ = strconv.ParseFloat(value, 64)
	case kind == AsDate:
		if serial, _, ok := dateSerial(value); ok {
			written, _ = strconv.ParseFloat(serial, 64)
		}
	}
	b.try(b.f.SetCellValue(sheet, ref, written))
	b.try(b.f.SetCellStyle(sheet, ref, ref, style))
}

// dropDown offers the options. Other values draw a warning that can be answered with yes, because
// the importer understands more writings than the list holds.
func (b *templateBook) dropDown(sheet, letters string, f TemplateField) {
	dv := excelize.NewDataValidation(true)
	dv.Sqref = letters + "2:" + letters + strconv.Itoa(templateRows)
	dv.SetError(excelize.DataValidationErrorStyleWarning, "不在列表中",
		"这个值不在下拉列表中，导入时可能无法识别。仍要填写吗？")
	if inlineList(f.Options) {
		b.try(dv.SetDropList(f.Options))
	} else {
		dv.SetSqrefDropList(b.list(f))
	}
	b.try(b.f.AddDataValidation(sheet, dv))
}

func inlineList(options []string) bool {
	all := strings.Join(options, ",")
	return len(utf16.Encode([]rune(all))) <= maxInlineList &&
		strings.Count(all, ",") == len(options)-1 && !strings.Contains(all, `"`)
}

// list writes a long list into the hidden sheet and gives the defined name that stands for it.
func (b *templateBook) list(f TemplateField) string {
	if b.lists == 0 {
		b.newSheet(OptionsSheet)
	}
	letters := columnLetters(b.lists)
	b.lists++
	b.try(b.f.SetColStyle(OptionsSheet, letters, b.text))
	b.cell(OptionsSheet, letters+"1", f.Label, AsText, b.head)
	for i, option := range f.Options {
		b.cell(OptionsSheet, letters+strconv.Itoa(i+2), option, AsText, b.text)
	}
	name := fmt.Sprintf("options_%d_%s", b.lists, f.Key)
	area := fmt.Sprintf("A2:A%d", len(f.Options)+1)
	area = strings.ReplaceAll(area, "A", letters)
	b.try(b.f.SetDefinedName(&excelize.DefinedName{Name: name,
		RefersTo: absoluteRange(OptionsSheet, area)}))
	return name
}

// guide writes the sheet that explains every field.
func (b *templateBook) guide(t TemplateSpec) {
	b.newSheet(GuideSheet)
	row := 0
	line := func(style int, values ...string) {
		row++
		for i, value := range values {
			b.cell(GuideSheet, cellRef(i, row), value, AsText, style)
		}
	}
	for i, width := range []float64{12, 20, 8, 22, 44, 28, 60} {
		letters := columnLetters(i)
		b.try(b.f.SetColWidth(GuideSheet, letters, letters, width))
	}
	line(b.title, t.Title)
	line(b.text, "带"+RequiredMark+"的列必须填写；列的顺序可以改变，不用的列可以删除。")
	line(b.text, "以"+ExampleMark+"开头的行是示例，导入时会忽略。")
	row++
	line(b.head, "工作表", "字段", "必填", "格式", "可选值", "示例", "说明")
	for _, s := range t.sheets() {
		for _, f := range s.Fields {
			required := ""
			if f.Required {
				required = "是"
			}
			line(b.label, s.Name, f.Label, required, f.format(), f.choices(), f.Example[0], f.Note)
		}
	}
}
