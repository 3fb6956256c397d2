package cn

import (
	"strings"

	"kehu/internal/fault"
)

// Limits of bank accounts: cards by ISO/IEC 7812, company accounts by what banks print.
const (
	minCard    = 13
	maxCard    = 19
	minAccount = 8
	maxAccount = 32
)

// Bank account faults. Their sentences never repeat the number.
var (
	ErrBankCharacters = fault.Define("bank_characters",
		"银行账号只含数字，请核对", "A bank account has digits only; check it")
	ErrBankCardLength = fault.Define("bank_card_length",
		"银行卡号应为 13 至 19 位，请核对", "A bank card number has 13 to 19 digits; check it")
	ErrBankAccountLength = fault.Define("bank_account_length",
		"对公账号应为 8 至 32 位，请核对", "A company's account has 8 to 32 digits; check it")
	ErrBankIssuer = fault.Define("bank_card_issuer",
		"没有这样开头的银行卡号，请核对前几位；对公账号请填在企业客户上",
		"No bank card begins like this; check the first digits. Company accounts belong to "+
			"enterprise customers")
	ErrBankCheck = fault.Define("bank_card_check_digit",
		"银行卡号校验不通过，多为抄错一位，请按卡片逐位核对",
		"The card number's check digit does not fit, mostly a slip of one digit; check it "+
			"against the card")
	ErrBankTruncated = fault.Define("bank_truncated",
		"银行账号被表格软件改成了数字，15 位以后已丢失，请把该列设为文本后重新填写",
		"A spreadsheet turned the account into a number and lost what follows digit 15; format "+
			"the column as text and enter it again")
	ErrBankMasked = fault.Define("bank_masked",
		"银行账号是脱敏后的（含 *），请填写完整账号",
		"The account is masked; give it in full")
	WarnBankTruncated = fault.Define("bank_truncated_maybe",
		"账号第 15 位以后全是 0，可能被表格软件截断，请核对",
		"Everything after digit 15 of the account is 0; a spreadsheet may have cut it, check it")
)

// KindIndividual is the customer kind whose account is a card; the others have company accounts.
const KindIndividual = "individual"

// BankAccount is the number of a bank card, or of a company's account (对公账号).
type BankAccount struct {
	number string
	card   bool
}

// ParseBankAccount reads the account of a customer of a kind (customers.kind): of an individual a
// card with a known range of issuers and a Luhn digit, of all others an account of 8 to 32 digits,
// which has no check digit that all banks share.
func ParseBankAccount(s, kind string) (BankAccount, []*fault.Fault, error) {
	code := foldCode(s)
	switch {
	case code == "":
		return BankAccount{}, nil, ErrEmpty
	case isMaskedCode(code):
		return BankAccount{}, nil, ErrBankMasked
	case isScientific(code):
		return BankAccount{}, nil, ErrBankTruncated
	}
	code = fromFloat(code)
	if !allDigits(code) {
		return BankAccount{}, nil, ErrBankCharacters
	}
	if kind == KindIndividual {
		err := checkCard(code)
		if err != nil {
			return BankAccount{}, nil, err
		}
		return BankAccount{code, true}, nil, nil
	}
	if len(code) < minAccount || len(code) > maxAccount || strings.Trim(code, "0") == "" {
		return BankAccount{}, nil, ErrBankAccountLength
	}
	if isTruncated(code) {
		return BankAccount{code, false}, []*fault.Fault{WarnBankTruncated}, nil
	}
	return BankAccount{code, false}, nil, nil
}

func checkCard(digits string) error {
	switch {
	case len(digits) < minCard || len(digits) > maxCard:
		return ErrBankCardLength
	case !hasIssuer(digits):
		return ErrBankIssuer
	case isTruncated(digits):
		return ErrBankTruncated
	case !luhn(digits):
		return ErrBankCheck
	}
	return nil
}

// hasIssuer tells the first digits that payment cards have: 3 to 6 (ISO/IEC 7812), UnionPay's
// 62 only from 16 digits on, its newer 81, and the ranges 9 of Chinese banks before UnionPay.
func hasIssuer(digits string) bool {
	switch digits[0] {
	case '3', '4', '5':
		return true
	case '6':
		return digits[1] != '2' || len(digits) >= 16
	case '8':
		return digits[1] == '1'
	case '9':
		return true
	}
	return false
}

// String is the digits.
func (b BankAccount) String() string { return b.number }

// IsCard tells a card from a company's account.
func (b BankAccount) IsCard() bool { return b.card }
