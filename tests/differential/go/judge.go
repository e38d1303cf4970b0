// Judges the cases of the differential test with crypto/x509. Reads one case a line from standard
// input - name, leaf, others, anchors, each in Base64 - and answers each with a line.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

func parse(field string) ([]*x509.Certificate, error) {
	var list []*x509.Certificate
	if field == "-" {
		return list, nil
	}
	for _, text := range strings.Split(field, ",") {
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, err
		}
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		list = append(list, certificate)
	}
	return list, nil
}

func judge(fields []string, now time.Time) error {
	chain, err := parse(fields[1])
	if err != nil {
		return err
	}
	anchors, err := parse(fields[3])
	if err != nil {
		return err
	}
	options := x509.VerifyOptions{
		DNSName:       fields[0],
		Roots:         x509.NewCertPool(),
		Intermediates: x509.NewCertPool(),
		CurrentTime:   now,
	}
	for _, anchor := range anchors {
		options.Roots.AddCert(anchor)
	}
	// One that cannot be read does not hide the others.
	if fields[2] != "-" {
		for _, field := range strings.Split(fields[2], ",") {
			if others, err := parse(field); err == nil {
				options.Intermediates.AddCert(others[0])
			}
		}
	}
	_, err = chain[0].Verify(options)
	return err
}

func main() {
	seconds, err := strconv.ParseInt(os.Args[1], 10, 64)
	if err != nil {
		panic(err)
	}
	now := time.Unix(seconds, 0)
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(make([]byte, 1<<20), 1<<20)
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	for input.Scan() {
		if err := judge(strings.Fields(input.Text()), now); err != nil {
			fmt.Fprintln(output, "no", strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Fprintln(output, "yes")
		}
	}
}
