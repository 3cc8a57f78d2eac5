import ArgumentParser
import DocketCommand

Docket.main()
