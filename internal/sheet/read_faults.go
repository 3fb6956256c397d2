package sheet

import "kehu/internal/fault"

// Faults of opening a file: what was sent is not a workbook that can be read.
var (
	ErrEmptyFile = fault.Define("sheet_empty_file",
		"文件是空的，请检查后重新选择文件",
		"the file is empty, check it and choose it again")
	ErrFileTooLarge = fault.Define("sheet_file_too_large",
		"文件超过 {limit} MB，请分成几个文件再导入",
		"the file is larger than {limit} MB, split it into several files")
	ErrUnzippedTooLarge = fault.Define("sheet_unzipped_too_large",
		"文件解压后超过 {limit} MB，请删去多余的工作表、图片和空白区域后重试",
		"the file unpacks to more than {limit} MB, remove needless sheets, pictures and blank areas")
	ErrXLS = fault.Define("sheet_xls",
		"这是旧版 Excel（.xls）或 WPS（.et）文件，请打开后另存为 .xlsx 再导入",
		"this is an old Excel (.xls) or WPS (.et) file, open it and save it as .xlsx")
	ErrXLSB = fault.Define("sheet_xlsb",
		"这是二进制工作簿（.xlsb），请打开后另存为 .xlsx 再导入",
		"this is a binary workbook (.xlsb), open it and save it as .xlsx")
	ErrEncrypted = fault.Define("sheet_encrypted",
		"文件设有打开密码或已加密，请去掉密码、另存为普通 .xlsx 再导入",
		"the file is encrypted or needs a password, remove the password and save it as .xlsx")
	ErrODS = fault.Define("sheet_ods",
		"这是 OpenDocument 表格（.ods），请另存为 .xlsx 再导入",
		"this is an OpenDocument spreadsheet (.ods), save it as .xlsx")
	ErrPDF = fault.Define("sheet_pdf",
		"这是 PDF 文件，不是表格，请改用 .xlsx 或 .csv",
		"this is a PDF, not a spreadsheet, send .xlsx or .csv")
	ErrHTML = fault.Define("sheet_html",
		"文件内容其实是网页，只是改了扩展名，请用 Excel 打开后另存为 .xlsx 再导入",
		"the file is a web page under another name, open it in Excel and save it as .xlsx")
	ErrXML2003 = fault.Define("sheet_xml2003",
		"这是 XML 表格（Excel 2003），请用 Excel 打开后另存为 .xlsx 再导入",
		"this is an XML spreadsheet (Excel 2003), open it in Excel and save it as .xlsx")
	ErrNotSpreadsheet = fault.Define("sheet_not_spreadsheet",
		"这不是表格文件，请选择 .xlsx 或 .csv 文件",
		"this is not a spreadsheet, choose an .xlsx or .csv file")
	ErrNoWorkbook = fault.Define("sheet_no_workbook",
		"这个压缩包里没有 Excel 工作簿，请选择 .xlsx 或 .csv 文件",
		"this archive holds no Excel workbook, choose an .xlsx or .csv file")
	ErrBroken = fault.Define("sheet_broken",
		"文件不完整或已损坏，请重新下载，或用 Excel 打开修复后另存为 .xlsx",
		"the file is incomplete or damaged, download it again or repair it in Excel and save it as .xlsx")
	ErrUnsafe = fault.Define("sheet_unsafe",
		"文件的内部结构不正常（重复或越界的路径、实体声明），已拒绝，请用 Excel 另存为新的 .xlsx",
		"the file's inner structure is unsafe (doubled or escaping paths, entity declarations), "+
			"save it anew as .xlsx in Excel")
	ErrTooManyEntries = fault.Define("sheet_too_many_entries",
		"工作簿内部的部件超过 {limit} 个，请把需要的工作表复制到新的 .xlsx 再导入",
		"the workbook has more than {limit} inner parts, copy the sheets you need into a new .xlsx")
	ErrTooManySheets = fault.Define("sheet_too_many_sheets",
		"工作簿有 {count} 个工作表，最多 {limit} 个，请删去不需要的工作表",
		"the workbook has {count} sheets, at most {limit} are read, remove those not needed")
	ErrStringsTooLarge = fault.Define("sheet_strings_too_large",
		"工作簿的文字超过 {limit} MB，请分成几个文件再导入",
		"the workbook's texts exceed {limit} MB, split it into several files")
)

// Faults of one sheet. {place} is a cell such as B7, or a part of the file with the byte.
var (
	ErrNoSuchSheet = fault.Define("sheet_missing",
		"工作簿里没有名为“{sheet}”的工作表，请重新选择工作表",
		"the workbook has no sheet named “{sheet}”, choose another")
	ErrDamaged = fault.Define("sheet_damaged",
		"工作表“{sheet}”的数据已损坏（{place} 处），一行也没有读入，请用 Excel 打开修复后另存为 .xlsx",
		"sheet “{sheet}” is damaged (at {place}), no row was taken, repair it in Excel "+
			"and save it as .xlsx")
	ErrTooManyRows = fault.Define("sheet_too_many_rows",
		"工作表“{sheet}”超过 {limit} 行，请分成几个文件再导入",
		"sheet “{sheet}” has more than {limit} rows, split it into several files")
	ErrTooManyColumns = fault.Define("sheet_too_many_columns",
		"工作表“{sheet}”的 {place} 有内容，超出了 {limit} 列，请删去不需要的列",
		"sheet “{sheet}” holds a value at {place}, beyond {limit} columns, remove columns not needed")
	ErrCellTooLong = fault.Define("sheet_cell_too_long",
		"工作表“{sheet}”的 {place} 内容超过 {limit} 个字，请缩短后重试",
		"sheet “{sheet}” holds more than {limit} characters at {place}, shorten it")
)

// Faults of text files. {line} is the line of the file, counted from 1.
var (
	ErrCSVQuotes = fault.Define("csv_quotes",
		"第 {line} 行的双引号没有配对，请检查这一行的引号，或另存为 .xlsx 再导入",
		"the double quotes opened on line {line} do not match, mend them or save the file as .xlsx")
	ErrCSVEncoding = fault.Define("csv_encoding",
		"第 {line} 行的文字编码无法识别，请另存为“CSV UTF-8（逗号分隔）”或 .xlsx 再导入",
		"the text encoding on line {line} is not recognised, save the file as CSV UTF-8 or .xlsx")
	ErrCSVBinary = fault.Define("csv_binary",
		"第 {line} 行含有空字符，这不是文本文件，请选择 .xlsx 或 .csv 文件",
		"line {line} holds NUL bytes, this is no text file, choose an .xlsx or .csv file")
)
