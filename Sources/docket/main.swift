import DocketCommand
import Glibc

exit(Docket.execute())
