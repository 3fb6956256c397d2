package sheet

import "kehu/internal/fault"

// The refusals of Annotate. The caller may then fall back on AnnotateRows, which builds a new
// workbook from the rows.
var (
	ErrAnnotateNotWorkbook = fault.Define("annotate_not_workbook",
		"这个文件不是 .xlsx 工作簿，无法在上面标注错误。请另存为 .xlsx 后再导入",
		"This file is not an .xlsx workbook, so errors cannot be marked in it. "+
			"Save it as .xlsx and import it again")
	ErrAnnotateNoSheet = fault.Define("annotate_no_sheet",
		"工作簿里没有名为“{sheet}”的工作表。请检查工作表名称",
		"The workbook has no sheet named {sheet}. Check the name of the sheet")
	ErrAnnotateDamaged = fault.Define("annotate_damaged",
		"工作簿已损坏，无法在上面标注错误。请用 Excel 或 WPS 打开后另存为 .xlsx，再导入",
		"The workbook is damaged, so errors cannot be marked in it. "+
			"Open it in Excel or WPS, save it as .xlsx and import it again")
	ErrAnnotateEncoding = fault.Define("annotate_encoding",
		"工作簿的内部编码不是 UTF-8，无法在上面标注错误。请用 Excel 或 WPS 打开后另存为 .xlsx",
		"The workbook is not encoded in UTF-8 inside, so errors cannot be marked in it. "+
			"Open it in Excel or WPS and save it as .xlsx")
	ErrAnnotateTooLarge = fault.Define("annotate_too_large",
		"工作簿的内容超过了可以标注的大小。请把工作表拆成几个文件后分别导入",
		"The workbook is too large for errors to be marked in it. "+
			"Split the sheet into several files and import each")
)

func damaged(err error) error { return ErrAnnotateDamaged.Because(err) }

func isFault(err error) bool {
	_, ok := fault.Of(err)
	return ok
}
